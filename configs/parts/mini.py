# Mask R-CNN, narrow, for two CPU cores.
_base_ = "../_base_/parts/narrow.py"

# Sides of 8 to 128 pixels: from an eye to the whole crop.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[2])))
