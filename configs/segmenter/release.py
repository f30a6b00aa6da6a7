# The segmenter that ships: mini's architecture, wider and deeper, trained for pictures of any kind.
_base_ = "./mini.py"

channels = [24, 40, 64, 80]
head = dict(in_channels=channels)

model = dict(
    backbone=dict(
        extra=dict(
            stage2=dict(num_channels=channels[:2]),
            stage3=dict(num_modules=2, num_channels=channels[:3]),
            stage4=dict(num_modules=1, num_blocks=(2, 2, 2, 1), num_channels=channels),
        ),
    ),
    decode_head=[
        dict(
            type="CoarseHead",
            in_channels=channels,
            in_index=(0, 1, 2, 3),
            norm_cfg=dict(type="BN", requires_grad=True),
            channels=64,
            input_transform="resize_concat",
            kernel_size=1,
            num_convs=1,
            concat_input=False,
            dropout_ratio=-1,
            loss_decode=[
                dict(type="CrossEntropyLoss", avg_non_ignore=True),
                dict(type="GridLovaszLoss", stride=2, reduction="none"),
            ],
        ),
        dict(
            type="EANetHead",
            in_channels=channels,
            in_index=(0, 1, 2, 3),
            norm_cfg=dict(type="BN", requires_grad=True),
            channels=64,
            ocr_channels=48,
            input_transform="resize_concat",
            dropout_ratio=-1,
            loss_decode=[
                dict(type="CrossEntropyLoss", avg_non_ignore=True),
                dict(type="GridLovaszLoss", stride=4, reduction="none"),
            ],
            detail=dict(lateral=24),
            dense_layers=dict(growth=8, num_layers=2),
            loss_edge=dict(type="BoundaryLoss"),
            loss_attention=dict(type="CrossEntropyLoss", avg_non_ignore=True),
        ),
    ],
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomSquare", shares=(0.54, 0.86)),
    dict(type="PartialFace", shares=(1 / 3, 2 / 3), pad_value=114),
    dict(type="AlignedResize"),
    dict(type="RandomFlip", prob=0.5),
    dict(type="RandomRotate", prob=0.5, degree=20, pad_val=(114, 114, 114), seg_pad_val=255),
    dict(
        type="ColourJitter",
        brightness_delta=40,
        contrast_range=(0.55, 1.45),
        saturation_range=(0.4, 1.5),
        hue_delta=12,
    ),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
