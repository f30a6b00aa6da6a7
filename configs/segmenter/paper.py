# The published model: SE-HRNet-W48, trained at 448 and tested at 480 (seg.train.crop_size, seg.test.crop_size).
_base_ = "mmseg::_base_/models/ocrnet_hr18.py"

channels = [48, 96, 192, 384]
norm_cfg = dict(type="BN", requires_grad=True)
cross_entropy = dict(type="CrossEntropyLoss", avg_non_ignore=True)
lovasz = dict(type="GridLovaszLoss", stride=1, reduction="none")
head = dict(in_channels=channels, in_index=(0, 1, 2, 3), norm_cfg=norm_cfg)

model = dict(
    type="EANet",
    pretrained=None,
    backbone=dict(
        type="SEHRNet",
        norm_cfg=norm_cfg,
        extra=dict(
            stage2=dict(num_channels=channels[:2]),
            stage3=dict(num_channels=channels[:3]),
            stage4=dict(num_channels=channels),
        ),
    ),
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
            channels=512,
            ocr_channels=256,
            input_transform="resize_concat",
            dropout_ratio=-1,
            loss_decode=[cross_entropy, lovasz],
            detail=None,
            dense_layers=dict(growth=32, num_layers=4),
            loss_edge=dict(type="BoundaryLoss"),
            loss_attention=cross_entropy,
        ),
    ],
)
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", momentum=0.9, weight_decay=0.0005))
# Each transform's own settings; size, flip pairs, the share of partial faces and the order are the pipeline's.
augmentation = dict(
    square=dict(shares=(0.62, 0.95)),
    partial=dict(shares=(1 / 3, 2 / 3), pad_value=114),
    rotation=dict(prob=0.5, degree=15, pad_val=(114, 114, 114)),
    colour=dict(brightness_delta=32, contrast_range=(0.6, 1.4), saturation_range=(0.6, 1.4), hue_delta=9),
)
