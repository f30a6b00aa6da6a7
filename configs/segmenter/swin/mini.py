# mini with a Swin Transformer (arXiv 2103.14030) in SE-HRNet's place, as small, with windows of 4 for the small input.
_base_ = ["../../_base_/segmenter/heads.py", "../../_base_/segmenter/crops.py"]

channels = [16, 32, 64, 128]

model = dict(
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
            _base_.coarse_head,
            type="CoarseHead",
            in_channels=channels,
            channels=64,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=2)],
        ),
        dict(
            _base_.final_head,
            in_channels=channels,
            channels=48,
            ocr_channels=32,
            loss_decode=[_base_.cross_entropy, dict(_base_.lovasz, stride=4)],
            detail=dict(lateral=24),
            dense_layers=dict(growth=8, num_layers=2),
        ),
    ],
)
augmentation = dict(
    RandomSquare=dict(shares=(0.57, 0.78)),
    RandomRotate=dict(prob=0.3, degree=10),
    ColourJitter=dict(brightness_delta=24, contrast_range=(0.75, 1.25), saturation_range=(0.75, 1.25), hue_delta=6),
)

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
