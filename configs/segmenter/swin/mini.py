# mini with a Swin Transformer (arXiv 2103.14030) in SE-HRNet's place, as small, with windows of 4 for the small input.
default_scope = "mmseg"
_base_ = "mmseg::_base_/models/ocrnet_hr18.py"

channels = [16, 32, 64, 128]
norm_cfg = dict(type="BN", requires_grad=True)
cross_entropy = dict(type="CrossEntropyLoss", avg_non_ignore=True)
lovasz = dict(type="GridLovaszLoss", stride=4, reduction="none")
head = dict(in_channels=channels, in_index=(0, 1, 2, 3), norm_cfg=norm_cfg)

model = dict(
    type="EANet",
    pretrained=None,
    backbone=dict(
        _delete_=True,
        type="SwinTransformer",
        embed_dims=channels[0],
        depths=(2, 2, 2, 2),
        num_heads=(1, 2, 4, 8),
        window_size=4,
        drop_path_rate=0.0,
    ),
    decode_head=[
        dict(
            type="CoarseHead",
            **head,
            channels=64,
            input_transform="resize_concat",
            kernel_size=1,
            num_convs=1,
            concat_input=False,
            dropout_ratio=-1,
            loss_decode=[cross_entropy, dict(lovasz, stride=2)],
        ),
        dict(
            type="EANetHead",
            **head,
            channels=48,
            ocr_channels=32,
            input_transform="resize_concat",
            dropout_ratio=-1,
            loss_decode=[cross_entropy, lovasz],
            detail=dict(lateral=24),
            dense_layers=dict(growth=8, num_layers=2),
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
    dict(type="RandomRotate", prob=0.3, degree=10, pad_val=(114, 114, 114), seg_pad_val=255),
    dict(
        type="ColourJitter",
        brightness_delta=24,
        contrast_range=(0.75, 1.25),
        saturation_range=(0.75, 1.25),
        hue_delta=6,
    ),
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

# Swin's own optimiser, with its rate as a share of the profile's, which is Muon's: 0.003, of 100 iterations on rendered
# faces. At a quarter of that they learn less, and at double hardly more.
lr_scale = 0.25
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", betas=(0.9, 0.999), weight_decay=0.01),
    paramwise_cfg=dict(
        custom_keys={
            "absolute_pos_embed": dict(decay_mult=0.0),
            "relative_position_bias_table": dict(decay_mult=0.0),
            "norm": dict(decay_mult=0.0),
        }
    ),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.05, by_epoch=False, end=0.05),
    dict(type="CosineAnnealingLR", begin=0.05, end=1, eta_min_ratio=0.01, by_epoch=False),
]
