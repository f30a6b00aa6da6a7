# mini's network, for crops half as large again.
_base_ = "../_base_/parts/narrow.py"

# Sides of 12 to 192 pixels: from an eye to the whole crop.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[3])))
