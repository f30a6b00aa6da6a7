# SGD with a polynomial schedule, as published. Times are shares of the training.
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", momentum=0.9, weight_decay=0.0005))
param_scheduler = [dict(type="PolyLR", power=0.9, eta_min=1e-4, begin=0, end=1, by_epoch=False)]
