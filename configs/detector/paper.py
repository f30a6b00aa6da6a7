# The published detector: Cascade R-CNN, ResNet-50, FPN, deformable convolutions in stages c3 to c5, 1x schedule, flip
# only. The library puts in what params.yaml and this pipeline know: data, one class, length, batch size, lr, seed,
# initial weights. Schedules are written in shares of the training.
_base_ = "mmdet::dcn/cascade-rcnn_r50-dconv-c3-c5_fpn_1x_coco.py"

model = dict(backbone=dict(init_cfg=None))  # the profile names the weights

# mmdet's 1x: 12 epochs with a step at 8 and 11, after a warm-up.
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=0.02),
    dict(type="MultiStepLR", by_epoch=False, begin=0, end=1, milestones=[8 / 12, 11 / 12], gamma=0.1),
]
