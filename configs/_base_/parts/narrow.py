# Mask R-CNN, narrow, for two CPU cores. To it a part of a face is an instance. The library puts in what params.yaml and
# the label table say, and the segmenters' data pipelines. Schedules are written in shares of the training.
_base_ = "mmdet::_base_/models/mask-rcnn_r50_fpn.py"

width = 8  # of the stem: an eighth of ResNet-50's
channels = 32  # of the pyramid

model = dict(
    type="PartsRCNN",
    backbone=dict(base_channels=width, stem_channels=width, frozen_stages=-1, norm_eval=False, init_cfg=None),
    neck=dict(in_channels=[4 * width, 8 * width, 16 * width, 32 * width], out_channels=channels),
    rpn_head=dict(
        in_channels=channels,
        feat_channels=channels,
    ),
    roi_head=dict(
        # A sample a bin, and few boxes below: RoIAlign is slow on a CPU.
        bbox_roi_extractor=dict(out_channels=channels, roi_layer=dict(sampling_ratio=1)),
        bbox_head=dict(in_channels=channels, fc_out_channels=128),
        mask_roi_extractor=dict(out_channels=channels, roi_layer=dict(sampling_ratio=1)),
        mask_head=dict(in_channels=channels, conv_out_channels=channels),
    ),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=128)),
        rpn_proposal=dict(nms_pre=100, max_per_img=50),
        rcnn=dict(sampler=dict(num=32, pos_fraction=0.5)),
    ),
    test_cfg=dict(rpn=dict(nms_pre=100, max_per_img=50)),
)

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="MuonConstructor",
    paramwise_cfg=dict(muon_kernel=3),
    optimizer=dict(type="pytorch_optimizer.Muon", weight_decay=0.01, use_adjusted_lr=True),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=0.05),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0.05, end=1, T_max=0.95, eta_min_ratio=0.01),
]
