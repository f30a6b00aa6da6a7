# paper with a Swin Transformer (arXiv 2103.14030) in SE-HRNet-W48's place: Swin-B, of its published sizes the nearest.
# With windows of 7 the 448 of the input are whole windows at every stage, and the weights of ImageNet fit as they are:
# profiles.paper.segmenter.pretrained=https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/swin/swin_base_patch4_window7_224_22k_20220317-4f79f7c0.pth
_base_ = ["../../_base_/segmenter/heads.py", "../../_base_/segmenter/crops.py"]

channels = [128, 256, 512, 1024]

model = dict(
    backbone=dict(
        _delete_=True,
        type="SwinTransformer",
        embed_dims=channels[0],
        depths=(2, 2, 18, 2),
        num_heads=(4, 8, 16, 32),
        window_size=7,
        drop_path_rate=0.3,
    ),
    decode_head=[
        dict(
            _base_.coarse_head,
            in_channels=channels,
            channels=512,
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

# mmseg's for Swin: AdamW at 6e-5, with the rate as a share of the profile's, which is SGD's.
lr_scale = 0.006
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
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-6, by_epoch=False, end=0.01),
    dict(type="PolyLR", power=1.0, eta_min=0.0, begin=0.01, end=1, by_epoch=False),
]
