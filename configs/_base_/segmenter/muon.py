# Muon with a cosine schedule, for short trainings from random weights. Times are shares of the training.
optim_wrapper = dict(
    type="OptimWrapper",
    constructor="MuonConstructor",
    paramwise_cfg=dict(muon_kernel=3),
    optimizer=dict(type="pytorch_optimizer.Muon", weight_decay=0.01, use_adjusted_lr=True),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.05, by_epoch=False, end=0.05),
    dict(type="CosineAnnealingLR", begin=0.05, end=1, eta_min_ratio=0.01, by_epoch=False),
]
