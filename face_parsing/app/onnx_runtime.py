"""ONNX files in the place of the networks that they were exported from."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import torch
from mmdet.models import BaseDetector
from torch import Tensor, nn

from face_parsing.pipeline.entry import UserError

WEIGHTS = "weights_sha256"  # the key of an ONNX file's metadata


def network_method(model: nn.Module) -> str:
    """The name of that method of a model which is its network, and so what an ONNX file holds of it.

    A segmentor's maps images (N, 3, H, W) to logits (N, classes, h, w). A detector's is backbone and neck, images to
    the feature pyramid: mmdet's proposals and RoI heads, whose number of boxes varies, stay in torch.
    """
    return "extract_feat" if isinstance(model, BaseDetector) else "_forward"


def fingerprint(weights: Path) -> str:
    """The SHA-256 of a model file."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()


class OnnxNetwork:
    """A network that onnxruntime runs, on the CPU.

    Args:
        path: The ONNX file.
        weights: The model file whose fingerprint it must have.
        threads: Of one call; several calls may run at once.

    Raises:
        UserError: the ONNX file is missing, is none, or was exported from other weights; or there is no onnxruntime.
    """

    def __init__(self, path: Path, weights: Path, threads: int):
        try:
            import onnxruntime
        except ImportError:
            raise UserError("onnxruntime: missing; expected in Python 3.11 or later (setup.sh installs it)") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions have no class in common but this
            what = "missing" if not path.is_file() else f"no ONNX file ({' '.join(str(error).split())})"
            raise UserError(f"{path}: {what}; run `face-parsing export` first") from None
        if self.session.get_modelmeta().custom_metadata_map.get(WEIGHTS) != fingerprint(weights):
            raise UserError(f"{path}: not exported from {weights} as it is now; run `face-parsing export` again")

    def __call__(self, images: Tensor, *_: object) -> Tensor | tuple[Tensor, ...]:
        """Images (N, 3, H, W) float32 to the network's output; further arguments, data samples, are for training."""
        outputs = self.session.run(None, {"images": np.ascontiguousarray(images.numpy())})
        tensors = tuple(torch.from_numpy(output) for output in outputs)
        return tensors[0] if len(tensors) == 1 else tensors


def run_by_onnx(model: nn.Module, path: Path, weights: Path, threads: int = 1) -> nn.Module:
    """The model with its network run by onnxruntime from the ONNX file ``path``; the model itself stays as it is.

    Raises:
        UserError: see :class:`OnnxNetwork`.
    """
    model = copy.copy(model)
    setattr(model, network_method(model), OnnxNetwork(path, weights, threads))
    return model
