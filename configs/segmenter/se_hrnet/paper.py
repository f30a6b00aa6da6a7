# The published model, SE-HRNet-W48; docs/paper.md has its every value beside the article's.
_base_ = ["../../_base_/segmenter/heads.py", "../../_base_/segmenter/crops.py", "../../_base_/segmenter/sgd.py"]

channels = [48, 96, 192, 384]

model = dict(
    backbone=dict(
        extra=dict(
            stage2=dict(num_channels=channels[:2]),
            stage3=dict(num_channels=channels[:3]),
            stage4=dict(num_channels=channels),
        ),
    ),
    decode_head=[
        dict(
            _base_.coarse_head,
            in_channels=channels,
            channels=sum(channels),
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=1)],
        ),
        dict(
            _base_.final_head,
            in_channels=channels,
            channels=512,
            ocr_channels=256,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=1)],
            detail=None,
            dense_layers=dict(growth=32, num_layers=4),
        ),
    ],
)
augmentation = dict(
    RandomSquare=dict(shares=(0.57, 0.78)),
    RandomRotate=dict(prob=0.5, degree=15),
    ColourJitter=dict(brightness_delta=32, contrast_range=(0.6, 1.4), saturation_range=(0.6, 1.4), hue_delta=9),
)
