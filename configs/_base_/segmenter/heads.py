# What the heads of all profiles share. A config adds channels, losses on its grid, and the layers near full resolution.
_base_ = "mmseg::_base_/models/ocrnet_hr18.py"

norm_cfg = dict(type="BN", requires_grad=True)
cross_entropy = dict(type="ClassWeightedCrossEntropy")
lovasz = dict(type="GridLovaszLoss")
head = dict(in_index=(0, 1, 2, 3), input_transform="resize_concat", norm_cfg=norm_cfg, dropout_ratio=-1)
coarse_head = dict(head, type="FCNHead", kernel_size=1, num_convs=1, concat_input=False)
final_head = dict(head, type="EANetHead", loss_edge=dict(type="BoundaryLoss"), loss_attention=cross_entropy)

model = dict(type="EANet", pretrained=None, backbone=dict(type="SEHRNet", norm_cfg=norm_cfg))
