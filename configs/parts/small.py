# Mask R-CNN as in paper.py, for crops of about half the size.
_base_ = "mmdet::_base_/models/mask-rcnn_r50_fpn.py"

model = dict(
    type="PartsRCNN",
    backbone=dict(init_cfg=None),
    rpn_head=dict(anchor_generator=dict(scales=[4])),  # parts are half as large as in paper's crops
)

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", momentum=0.9, weight_decay=0.0001))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=0.02),
    dict(type="MultiStepLR", by_epoch=False, begin=0, end=1, milestones=[8 / 12, 11 / 12], gamma=0.1),
]
