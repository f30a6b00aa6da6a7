"""Exports networks from torch to ONNX, by the exporter based on torch.export."""

import copy
import logging
import warnings
from pathlib import Path

import onnx
import torch
from mmcv.ops import DeformConv2dPack
from mmseg.models.utils import Upsample
from torch import Tensor, nn
from torch.export import Dim

from face_parsing.runtime.onnx_runtime import network_method, seal

OPSET = 20  # ONNX has DeformConv since 19


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


class _Network(nn.Module):
    """A model's network alone, with exportable layers."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = _exportable(copy.deepcopy(model))

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        return getattr(self.model, network_method(self.model))(images)


def export(model: nn.Module, weights: Path, path: Path) -> None:
    """Write a model's network (:func:`network_method`) as an ONNX file.

    The file's input ``images`` is (N, 3, H, W) float32, the output of the model's data preprocessor, of any batch and
    size. A GuidedEANet takes (N, 3 + classes, H, W), images and masks.

    Args:
        model: A segmentor or detector on the CPU, in evaluation mode.
        weights: The model file that it was loaded from; the ONNX file records its fingerprint.
        path: The ONNX file to write.
    """
    example = torch.zeros(2, 3 + getattr(model, "guidance_channels", 0), 128, 160)  # a detector has no guidance
    sides = {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}
    # Every export warns of missing torchvision operators.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's exporter uses deprecated functions of torch
        program = torch.onnx.export(
            _Network(model).eval(),
            (example,),
            input_names=["images"],
            dynamic_shapes=(sides,),
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None  # only torch's older exporter returns None
    exported = program.model_proto
    for node in exported.graph.node:
        del node.metadata_props[:]  # source locations take a quarter of the file
    seal(exported, weights)
    onnx.save(exported, path)


def _exportable(model: nn.Module) -> nn.Module:
    """Replace the layers that torch.export does not support, in place."""
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, DeformConv2dPack):
                setattr(parent, name, OnnxDeformConv(layer))
            elif isinstance(layer, Upsample):
                # It computes its output size in Python, which would fix the file's input size.
                setattr(parent, name, nn.Upsample(layer.size, layer.scale_factor, layer.mode, layer.align_corners))
    return model
