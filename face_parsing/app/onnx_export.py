"""From torch to ONNX, by the exporter that stands on torch.export."""

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

from face_parsing.app.onnx_runtime import network_method, seal

OPSET = 20  # DeformConv is ONNX's own since 19

# It names at every export the operators of torchvision that it goes without.
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


class OnnxDeformConv(nn.Module):
    """mmcv's deformable convolution as ONNX's DeformConv, whose offsets lie in the same order.

    mmcv's own export makes an operator of a library that plain onnxruntime does not have.
    """

    def __init__(self, layer: DeformConv2dPack):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Features (N, C, H, W) to (N, C', h, w); zeros but in an export."""
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
    """A model's network by itself, of layers that can be exported."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = _exportable(copy.deepcopy(model))

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        return getattr(self.model, network_method(self.model))(images)


def export(model: nn.Module, weights: Path, path: Path) -> None:
    """Write a model's network (:func:`network_method`) as an ONNX file.

    Its input ``images`` is (N, 3, H, W) float32, of any batch and size, as the model's data preprocessor makes it; of a
    GuidedEANet (N, 3 + classes, H, W), with the masks.

    Args:
        model: A segmentor or detector on the CPU, in evaluation mode.
        weights: The model file that it was loaded from; the ONNX file keeps its fingerprint.
        path: The ONNX file.
    """
    example = torch.zeros(2, 3 + getattr(model, "guidance_channels", 0), 128, 160)  # a detector has no such thing
    sides = {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's exporter uses what torch will drop
        program = torch.onnx.export(
            _Network(model).eval(),
            (example,),
            input_names=["images"],
            dynamic_shapes=(sides,),
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None  # torch's older exporter answers with None
    exported = program.model_proto
    for node in exported.graph.node:
        del node.metadata_props[:]  # where in the sources each comes from: a quarter of the file
    seal(exported, weights)
    onnx.save(exported, path)


def _exportable(model: nn.Module) -> nn.Module:
    """The model with those layers replaced that torch.export does not follow."""
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, DeformConv2dPack):
                setattr(parent, name, OnnxDeformConv(layer))
            elif isinstance(layer, Upsample):
                # It makes its output's size a Python number, which would fix the file's input size.
                setattr(parent, name, nn.Upsample(layer.size, layer.scale_factor, layer.mode, layer.align_corners))
    return model
