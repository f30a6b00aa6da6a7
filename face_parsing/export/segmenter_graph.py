"""A segmentation network as a module for ONNX, and layers that torch.export does not support."""

import copy
from typing import Any

import torch
from mmcv.ops import DeformConv2dPack
from mmseg.models.utils import Upsample
from torch import Tensor, nn

OPSET = 20  # ONNX has DeformConv since 19


class Normalization(nn.Module):
    """What a data preprocessor of mmdet or mmseg does to an image's values.

    Args:
        preprocessor: The data preprocessor.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, preprocessor: Any):
        super().__init__()
        self.register_buffer("mean", preprocessor.mean.flatten())
        self.register_buffer("std", preprocessor.std.flatten())
        self.rgb = bool(preprocessor._channel_conversion)

    def forward(self, images: Tensor) -> Tensor:
        """Normalize images (..., 3) uint8 BGR to float32, in the order of the network's channels."""
        pixels = images.float()
        return ((pixels.flip(-1) if self.rgb else pixels) - self.mean) / self.std


class SegmenterGraph(nn.Module):
    """A segmentor of mmsegmentation, from images as bytes to logits.

    Args:
        model: The segmentor, in evaluation mode.
    """

    model: Any

    def __init__(self, model: Any):
        super().__init__()
        self.normalization = Normalization(model.data_preprocessor)
        self.model = exportable(copy.deepcopy(model))

    def forward(self, images: Tensor, masks: Tensor | None = None) -> Tensor:
        """Logits (N, classes, h, w) of images (N, H, W, 3) uint8 BGR.

        A GuidedEANet also takes ``masks`` (N, classes, H, W) float32.
        """
        inputs = self.normalization(images).permute(0, 3, 1, 2)
        return self.model._forward(inputs if masks is None else torch.cat([inputs, masks], dim=1))


class OnnxDeformConv(nn.Module):
    """mmcv's deformable convolution as ONNX's DeformConv, which orders offsets in the same way.

    mmcv's own export uses an operator that plain onnxruntime lacks.
    """

    def __init__(self, layer: DeformConv2dPack):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Map features (N, C, H, W) to (N, C', h, w); outside an export the result is zeros."""
        layer, offset = self.layer, self.layer.conv_offset(x)
        attributes = {
            "kernel_shape": list(layer.kernel_size),
            "strides": list(layer.stride),
            "pads": list(layer.padding) * 2,
            "dilations": list(layer.dilation),
            "group": layer.groups,
            "offset_group": layer.deform_groups,
        }
        shape = (x.shape[0], layer.out_channels, *offset.shape[2:])
        inputs = (x, layer.weight, offset)
        return torch.onnx.ops.symbolic("DeformConv", inputs, attributes, dtype=x.dtype, shape=shape, version=OPSET)


def exportable(model: nn.Module) -> nn.Module:
    """Replace the layers that torch.export does not support, in place."""
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, DeformConv2dPack):
                setattr(parent, name, OnnxDeformConv(layer))
            elif isinstance(layer, Upsample):
                # It computes its output size in Python, which would fix the file's input size.
                setattr(parent, name, nn.Upsample(layer.size, layer.scale_factor, layer.mode, layer.align_corners))
    return model
