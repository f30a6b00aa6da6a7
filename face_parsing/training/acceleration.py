"""Faster training steps: mixed precision, channels-last memory layout, compilation, memory that is kept."""

import ctypes
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
from mmcv.ops import DeformConv2d, ModulatedDeformConv2d, RoIAlign
from mmengine import Config
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from mmengine.runner import autocast
from torch.utils._pytree import tree_map

from face_parsing.core.errors import PipelineError
from face_parsing.training.parameters import Training

# mmcv's operators support neither bfloat16, nor float16 on a CPU, nor memory layouts other than torch's default.
OPERATORS = (DeformConv2d, ModulatedDeformConv2d, RoIAlign)
# The functions that use the outputs of mmdet's neck and heads, such as non-maximum suppression, support float32 only.
IN_FULL_PRECISION = re.compile(r"neck|rpn_head|roi_head\.bbox_head\.\d+")

# Parameters of glibc's mallopt, and the highest value of each.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, HIGHEST = -1, -3, 2**31 - 1


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Trains in bfloat16 where torch's autocast allows it; unlike mmengine's AmpOptimWrapper it supports CPUs.

    bfloat16 has float32's exponent, so that the loss needs no scaling.
    """

    @contextmanager
    def optim_context(self, model: torch.nn.Module):
        """Run a forward pass under autocast."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield


def on_this_machine(precision: str) -> str:
    """Resolve ``auto``: bf16 if the GPU, or without one the CPU, has instructions for it, otherwise fp32.

    Args:
        precision: auto, fp32, bf16 or fp16.

    Returns:
        fp32, bf16 or fp16.

    Raises:
        PipelineError: fp16 without a GPU: torch has no loss scaling on a CPU.
    """
    cpu = get_device() == "cpu"
    if precision == "fp16" and cpu:
        raise PipelineError("params.yaml: train.precision is fp16, but there is no GPU; expected auto, fp32 or bf16")
    if precision != "auto":
        return precision
    if not cpu:
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    instructions = torch.cpu.get_capabilities()
    return "bf16" if instructions.get("avx512_bf16") or instructions.get("amx_bf16") else "fp32"


def in_precision(optim_wrapper: Config, precision: str) -> dict[str, Any]:
    """The config of an optimizer wrapper that trains in a precision: auto, fp32, bf16 or fp16.

    Raises:
        PipelineError: See :func:`on_this_machine`.
    """
    precision = on_this_machine(precision)
    if precision == "bf16":
        return optim_wrapper | dict(type="BFloat16OptimWrapper")
    if precision == "fp16":
        return optim_wrapper | dict(type="AmpOptimWrapper", dtype="float16")
    return optim_wrapper


def keep_freed_memory() -> None:
    """Let this process keep the memory of freed tensors for the next ones.

    glibc returns large blocks to the system, which clears them again at each step: a tenth of a segmenter's training on
    a CPU. Where the C library has no such setting, nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            mallopt(parameter, HIGHEST)


def prepare(model: torch.nn.Module, training: Training, channels_last: bool) -> None:
    """Set a model's memory layout, compilation and precision, before it is wrapped for several processes."""
    if channels_last:
        _lay_channels_last(model)
    if training.compile:
        _compile_networks(model)
    _shield_operators(model)


def _lay_channels_last(model: Any) -> None:
    """Set the weights, and the images from the data preprocessor, to channels last."""
    model.to(memory_format=torch.channels_last)
    model.data_preprocessor.register_forward_hook(
        lambda _module, _arguments, data: {
            **data,
            "inputs": data["inputs"].contiguous(memory_format=torch.channels_last),
        }
    )


def _shield_operators(model: torch.nn.Module) -> None:
    """Run mmcv's operators in torch's default layout, with inputs in float32."""

    def shielded(forward: Callable) -> Callable:
        def call(*inputs: torch.Tensor) -> torch.Tensor:
            with torch.autocast(inputs[0].device.type, enabled=False):
                return forward(*(x.float().contiguous() for x in inputs))

        return call

    for name, module in model.named_modules():
        if IN_FULL_PRECISION.fullmatch(name):
            module.register_forward_hook(lambda _module, _inputs, outputs: tree_map(torch.Tensor.float, outputs))
        if isinstance(module, OPERATORS):
            for weights in module.parameters():
                weights.data = weights.data.contiguous()
            module.forward = shielded(module.forward)


def _compile_networks(model: torch.nn.Module) -> None:
    """Compile the parts of a model that are called as modules on tensors: backbone and neck."""
    for name in ("backbone", "neck"):
        part = getattr(model, name, None)
        if isinstance(part, torch.nn.Module):
            part.compile()
