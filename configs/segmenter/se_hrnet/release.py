# The segmenter that ships: mini's architecture, wider and deeper, trained to see pictures of any kind.
_base_ = ["../../_base_/segmenter/heads.py", "../../_base_/segmenter/crops.py", "../../_base_/segmenter/muon.py"]

channels = [24, 40, 64, 80]

model = dict(
    backbone=dict(
        stem_channels=32,
        extra=dict(
            stage1=dict(num_modules=1, num_branches=1, block="BOTTLENECK", num_blocks=(1,), num_channels=(16,)),
            stage2=dict(num_modules=1, num_branches=2, block="BASIC", num_blocks=(1, 1), num_channels=channels[:2]),
            stage3=dict(num_modules=2, num_branches=3, block="BASIC", num_blocks=(1, 1, 1), num_channels=channels[:3]),
            stage4=dict(num_modules=1, num_branches=4, block="BASIC", num_blocks=(2, 2, 2, 1), num_channels=channels),
        ),
    ),
    decode_head=[
        dict(
            _base_.coarse_head,
            type="CoarseHead",
            in_channels=channels,
            channels=64,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=2)],
        ),
        dict(
            _base_.final_head,
            in_channels=channels,
            channels=64,
            ocr_channels=48,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=4)],
            detail=dict(lateral=24),
            dense_layers=dict(growth=8, num_layers=2),
        ),
    ],
)
augmentation = dict(
    RandomSquare=dict(shares=(0.54, 0.86)),
    RandomRotate=dict(prob=0.5, degree=20),
    ColourJitter=dict(brightness_delta=40, contrast_range=(0.55, 1.45), saturation_range=(0.4, 1.5), hue_delta=12),
)
