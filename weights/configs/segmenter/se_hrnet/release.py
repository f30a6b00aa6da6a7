augmentation = dict(
    ColourJitter=dict(
        brightness_delta=40,
        contrast_range=(
            0.55,
            1.45,
        ),
        hue_delta=12,
        saturation_range=(
            0.4,
            1.5,
        )),
    RandomRotate=dict(degree=20, prob=0.5),
    RandomSquare=dict(shares=(
        0.54,
        0.86,
    )))
channels = [
    24,
    40,
    64,
    80,
]
coarse_head = dict(
    concat_input=False,
    dropout_ratio=-1,
    in_index=(
        0,
        1,
        2,
        3,
    ),
    input_transform='resize_concat',
    kernel_size=1,
    norm_cfg=dict(requires_grad=True, type='BN'),
    num_convs=1,
    type='FCNHead')
cross_entropy = dict(type='ClassWeightedCrossEntropy')
data_prefix = dict(img_path='images', seg_map_path='labels')
data_preprocessor = dict(
    _scope_='mmseg',
    bgr_to_rgb=True,
    mean=[
        123.675,
        116.28,
        103.53,
    ],
    pad_val=0,
    seg_pad_val=255,
    std=[
        58.395,
        57.12,
        57.375,
    ],
    type='SegDataPreProcessor')
default_scope = 'mmseg'
final_head = dict(
    dropout_ratio=-1,
    in_index=(
        0,
        1,
        2,
        3,
    ),
    input_transform='resize_concat',
    loss_attention=dict(type='ClassWeightedCrossEntropy'),
    loss_edge=dict(type='BoundaryLoss'),
    norm_cfg=dict(requires_grad=True, type='BN'),
    type='EANetHead')
head = dict(
    dropout_ratio=-1,
    in_index=(
        0,
        1,
        2,
        3,
    ),
    input_transform='resize_concat',
    norm_cfg=dict(requires_grad=True, type='BN'))
lovasz = dict(type='GridLovaszLoss')
model = dict(
    _scope_='mmseg',
    backbone=dict(
        extra=dict(
            stage1=dict(
                block='BOTTLENECK',
                num_blocks=(1, ),
                num_branches=1,
                num_channels=(16, ),
                num_modules=1),
            stage2=dict(
                block='BASIC',
                num_blocks=(
                    1,
                    1,
                ),
                num_branches=2,
                num_channels=[
                    24,
                    40,
                ],
                num_modules=1),
            stage3=dict(
                block='BASIC',
                num_blocks=(
                    1,
                    1,
                    1,
                ),
                num_branches=3,
                num_channels=[
                    24,
                    40,
                    64,
                ],
                num_modules=2),
            stage4=dict(
                block='BASIC',
                num_blocks=(
                    2,
                    2,
                    2,
                    1,
                ),
                num_branches=4,
                num_channels=[
                    24,
                    40,
                    64,
                    80,
                ],
                num_modules=1)),
        norm_cfg=dict(requires_grad=True, type='BN'),
        norm_eval=False,
        stem_channels=32,
        type='SEHRNet'),
    data_preprocessor=dict(
        bgr_to_rgb=True,
        mean=[
            123.675,
            116.28,
            103.53,
        ],
        pad_val=0,
        seg_pad_val=255,
        std=[
            58.395,
            57.12,
            57.375,
        ],
        type='SegDataPreProcessor'),
    decode_head=[
        dict(
            channels=64,
            concat_input=False,
            dropout_ratio=-1,
            in_channels=[
                24,
                40,
                64,
                80,
            ],
            in_index=(
                0,
                1,
                2,
                3,
            ),
            input_transform='resize_concat',
            kernel_size=1,
            loss_decode=[
                dict(type='ClassWeightedCrossEntropy'),
                dict(stride=2, type='GridLovaszLoss'),
            ],
            norm_cfg=dict(requires_grad=True, type='BN'),
            num_convs=1,
            type='CoarseHead'),
        dict(
            channels=64,
            dense_layers=dict(growth=8, num_layers=2),
            detail=dict(lateral=24),
            dropout_ratio=-1,
            in_channels=[
                24,
                40,
                64,
                80,
            ],
            in_index=(
                0,
                1,
                2,
                3,
            ),
            input_transform='resize_concat',
            loss_attention=dict(type='ClassWeightedCrossEntropy'),
            loss_decode=[
                dict(type='ClassWeightedCrossEntropy'),
                dict(stride=4, type='GridLovaszLoss'),
            ],
            loss_edge=dict(type='BoundaryLoss'),
            norm_cfg=dict(requires_grad=True, type='BN'),
            ocr_channels=48,
            type='EANetHead'),
    ],
    num_stages=2,
    pretrained=None,
    test_cfg=dict(mode='whole'),
    train_cfg=dict(),
    type='EANet')
norm_cfg = dict(_scope_='mmseg', requires_grad=True, type='BN')
optim_wrapper = dict(
    clip_grad=dict(max_norm=5.0),
    constructor='MuonConstructor',
    optimizer=dict(
        type='pytorch_optimizer.Muon', use_adjusted_lr=True,
        weight_decay=0.01),
    paramwise_cfg=dict(muon_kernel=3),
    type='OptimWrapper')
param_scheduler = [
    dict(by_epoch=False, end=0.05, start_factor=0.05, type='LinearLR'),
    dict(
        begin=0.05,
        by_epoch=False,
        end=1,
        eta_min_ratio=0.01,
        type='CosineAnnealingLR'),
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(type='RandomSquare'),
            dict(
                pad_value=114,
                shares=(
                    0.3333333333333333,
                    0.6666666666666666,
                ),
                type='PartialFace'),
            dict(type='AlignedResize'),
            dict(prob=0.5, type='RandomFlip'),
            dict(
                pad_val=(
                    114,
                    114,
                    114,
                ),
                seg_pad_val=255,
                type='RandomRotate'),
            dict(type='ColourJitter'),
            dict(type='PackSegInputs'),
        ],
        type='BaseSegDataset'))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomSquare'),
    dict(
        pad_value=114,
        shares=(
            0.3333333333333333,
            0.6666666666666666,
        ),
        type='PartialFace'),
    dict(type='AlignedResize'),
    dict(prob=0.5, type='RandomFlip'),
    dict(pad_val=(
        114,
        114,
        114,
    ), seg_pad_val=255, type='RandomRotate'),
    dict(type='ColourJitter'),
    dict(type='PackSegInputs'),
]
val_dataloader = dict(
    batch_size=8,
    dataset=dict(
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(share=0.6666666666666666, type='MiddleSquare'),
            dict(labels=False, type='AlignedResize'),
            dict(type='PackSegInputs'),
        ],
        test_mode=True,
        type='BaseSegDataset'),
    sampler=dict(shuffle=False, type='DefaultSampler'))
val_evaluator = dict(type='CropMetric')
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(share=0.6666666666666666, type='MiddleSquare'),
    dict(labels=False, type='AlignedResize'),
    dict(type='PackSegInputs'),
]
val_score = 'J'
