# The published architecture on HRNet's smallest backbone, SE-HRNet-W18, for one GPU of 12 GB. It decodes at half the
# input's resolution, as mini does.
default_scope = "mmseg"
_base_ = "mmseg::_base_/models/ocrnet_hr18.py"

channels = [18, 36, 72, 144]
norm_cfg = dict(type="BN", requires_grad=True)
cross_entropy = dict(type="CrossEntropyLoss", avg_non_ignore=True)
lovasz = dict(type="GridLovaszLoss", stride=2, reduction="none")
head = dict(in_channels=channels, in_index=(0, 1, 2, 3), norm_cfg=norm_cfg)

model = dict(
    type="EANet",
    pretrained=None,
    backbone=dict(type="SEHRNet", norm_cfg=norm_cfg),
    decode_head=[
        dict(
            type="FCNHead",
            **head,
            channels=sum(channels),
            input_transform="resize_concat",
            kernel_size=1,
            num_convs=1,
            concat_input=False,
            dropout_ratio=-1,
            loss_decode=[cross_entropy, lovasz],
        ),
        dict(
            type="EANetHead",
            **head,
            channels=128,
            ocr_channels=64,
            input_transform="resize_concat",
            dropout_ratio=-1,
            loss_decode=[cross_entropy, lovasz],
            detail=dict(lateral=32),
            dense_layers=dict(growth=16, num_layers=3),
            loss_edge=dict(type="BoundaryLoss"),
            loss_attention=cross_entropy,
        ),
    ],
)
# Sizes, flip pairs, the share of partial faces, the folders and the batch are put in by the library, from params.yaml.
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomSquare", shares=(0.57, 0.78)),
    dict(type="PartialFace", shares=(1 / 3, 2 / 3), pad_value=114),
    dict(type="AlignedResize"),
    dict(type="RandomFlip", prob=0.5),
    dict(type="RandomRotate", prob=0.5, degree=15, pad_val=(114, 114, 114), seg_pad_val=255),
    dict(type="ColourJitter", brightness_delta=32, contrast_range=(0.6, 1.4), saturation_range=(0.6, 1.4), hue_delta=9),
    dict(type="PackSegInputs"),
]
# The middle of a crop, as inference sees the face, scored at its own size.
val_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="MiddleSquare", share=2 / 3),
    dict(type="AlignedResize", labels=False),
    dict(type="PackSegInputs"),
]
data_prefix = dict(img_path="images", seg_map_path="labels")
train_dataloader = dict(dataset=dict(type="BaseSegDataset", data_prefix=data_prefix, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(type="BaseSegDataset", data_prefix=data_prefix, pipeline=val_pipeline, test_mode=True),
)
val_evaluator = dict(type="CropMetric")
val_score = "J"

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", momentum=0.9, weight_decay=0.0005))
param_scheduler = [dict(type="PolyLR", power=0.9, eta_min=1e-4, begin=0, end=1, by_epoch=False)]
