# Mask R-CNN, ResNet-50 with FPN, as mmdet has it. To it a part of a face is an instance. The library puts in what
# params.yaml and the label table say, and the segmenters' data pipelines. Schedules are in shares of the training.
_base_ = "mmdet::_base_/models/mask-rcnn_r50_fpn.py"

model = dict(type="PartsRCNN", backbone=dict(init_cfg=None))  # its weights are the trained detector's

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", momentum=0.9, weight_decay=0.0001))
# mmdet's steps, at 8 and 11 of 12 parts, after a warm-up.
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=0.02),
    dict(type="MultiStepLR", by_epoch=False, begin=0, end=1, milestones=[8 / 12, 11 / 12], gamma=0.1),
]
