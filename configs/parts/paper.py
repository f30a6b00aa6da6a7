# Mask R-CNN, ResNet-50 with FPN, as mmdet has it.
_base_ = "../_base_/parts/resnet50.py"
