# The published detector's architecture, narrow, so that two CPU cores train it in minutes: Cascade R-CNN, ResNet-50,
# FPN, and deformable convolutions in the last stage. Times of the schedule are shares of the training.
_base_ = "mmdet::dcn/cascade-rcnn_r50-dconv-c3-c5_fpn_1x_coco.py"

width = 8  # of the stem: an eighth of ResNet-50's
channels = 32  # of the pyramid

model = dict(
    backbone=dict(
        base_channels=width,
        stem_channels=width,
        stage_with_dcn=(False, False, False, True),
        dcn=dict(type="SampledDCN", fallback_on_stride=True),  # the stage's first convolution, strided, stays plain
        init_cfg=None,
    ),
    neck=dict(in_channels=[4 * width, 8 * width, 16 * width, 32 * width], out_channels=channels),
    rpn_head=dict(
        in_channels=channels,
        feat_channels=channels,
        # Sides of 12 to 192 pixels: 8% of the 288 rows, seen at half size, to most of them. A head with neck and hair
        # is about 1.6 times as high as wide.
        anchor_generator=dict(scales=[3], ratios=[0.8, 1.6]),
    ),
    roi_head=dict(
        # A sample a bin and larger faces from coarser levels: RoIAlign is slow on a CPU, and the network is small.
        bbox_roi_extractor=dict(out_channels=channels, finest_scale=28, roi_layer=dict(sampling_ratio=1)),
        bbox_head=[
            dict(
                type="Shared2FCBBoxHead",
                in_channels=channels,
                fc_out_channels=128,
                roi_feat_size=7,
                num_classes=1,
                bbox_coder=dict(
                    type="DeltaXYWHBBoxCoder", target_means=[0.0] * 4, target_stds=[0.1 / k, 0.1 / k, 0.2 / k, 0.2 / k]
                ),
                reg_class_agnostic=True,
                loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=False, loss_weight=1.0),
                loss_bbox=dict(type="SmoothL1Loss", beta=1.0, loss_weight=1.0),
            )
            for k in (1, 2, 3)
        ],
    ),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=64)),
        rpn_proposal=dict(nms_pre=100, max_per_img=50),
        rcnn=[
            dict(
                assigner=dict(
                    type="MaxIoUAssigner",
                    pos_iou_thr=iou,
                    neg_iou_thr=iou,
                    min_pos_iou=iou,
                    match_low_quality=False,
                    ignore_iof_thr=-1,
                ),
                sampler=dict(type="RandomSampler", num=24, pos_fraction=0.25, neg_pos_ub=-1, add_gt_as_proposals=True),
                pos_weight=-1,
                debug=False,
            )
            for iou in (0.5, 0.6, 0.7)
        ],
    ),
    test_cfg=dict(rpn=dict(nms_pre=100, max_per_img=50), rcnn=dict(max_per_img=20)),
)

optim_wrapper = dict(
    _delete_=True,
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
