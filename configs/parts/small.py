# Mask R-CNN as in paper.py, for crops of about half the size.
_base_ = "../_base_/parts/resnet50.py"

model = dict(rpn_head=dict(anchor_generator=dict(scales=[4])))  # parts are half as large as in paper's crops
