# The published architecture on HRNet's smallest backbone, SE-HRNet-W18, for one GPU of 12 GB.
_base_ = ["../../_base_/segmenter/heads.py", "../../_base_/segmenter/crops.py", "../../_base_/segmenter/sgd.py"]

channels = [18, 36, 72, 144]

model = dict(
    decode_head=[
        dict(
            _base_.coarse_head,
            in_channels=channels,
            channels=sum(channels),
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=2)],
        ),
        dict(
            _base_.final_head,
            in_channels=channels,
            channels=128,
            ocr_channels=64,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=2)],
            detail=dict(lateral=32),
            dense_layers=dict(growth=16, num_layers=3),
        ),
    ],
)
augmentation = dict(
    RandomSquare=dict(shares=(0.57, 0.78)),
    RandomRotate=dict(prob=0.5, degree=15),
    ColourJitter=dict(brightness_delta=32, contrast_range=(0.6, 1.4), saturation_range=(0.6, 1.4), hue_delta=9),
)
