"""ONNX files in the place of the networks that they were exported from."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from mmdet.models import BaseDetector
from torch import Tensor, nn

from face_parsing.app.shipped import export_command
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import read_bytes

# Keys of an ONNX file's metadata.
WEIGHTS = "weights_sha256"
CHECKSUM = "network_sha256"  # of all but this entry


def network_method(model: nn.Module) -> str:
    """The name of that method of a model which is its network, and so what an ONNX file holds of it.

    A segmentor's maps images (N, 3, H, W), of a GuidedEANet with masks beside them, to logits (N, classes, h, w). A
    detector's is backbone and neck, images to the feature pyramid: mmdet's proposals and RoI heads, whose number of
    boxes varies, stay in torch.
    """
    return "extract_feat" if isinstance(model, BaseDetector) else "_forward"


def fingerprint(weights: Path) -> str:
    """The SHA-256 of a model file."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()


class NotExported(UserError):
    """There is no ONNX file of a model as it is now, which an export mends."""


class OnnxNetwork:
    """A network that onnxruntime runs, on the CPU.

    Args:
        path: The ONNX file.
        weights: The model file whose fingerprint it must have.
        threads: Of one call; several calls may run at once.

    Raises:
        UserError: see :func:`read_network`; or there is no onnxruntime.
    """

    def __init__(self, path: Path, weights: Path, threads: int):
        try:
            import onnxruntime
        except ImportError:
            raise UserError("onnxruntime: missing; expected in Python 3.11 or later (setup.sh installs it)") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # From memory, where no tensor can lie in another file.
        self.session = onnxruntime.InferenceSession(
            read_network(path, weights), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, images: Tensor, *_: object) -> Tensor | tuple[Tensor, ...]:
        """Images (N, 3, H, W) float32 to the network's output; further arguments, data samples, are for training."""
        outputs = self.session.run(None, {"images": np.ascontiguousarray(images.numpy())})
        tensors = tuple(torch.from_numpy(output) for output in outputs)
        return tensors[0] if len(tensors) == 1 else tensors


def seal(network: onnx.ModelProto, weights: Path) -> None:
    """Write into an ONNX model's metadata which weights it was exported from, and its own checksum."""
    properties = {WEIGHTS: fingerprint(weights)}
    onnx.helper.set_model_props(network, properties)
    onnx.helper.set_model_props(network, {**properties, CHECKSUM: _checksum(network)})


def read_network(path: Path, weights: Path) -> bytes:
    """The contents of an ONNX file as the export left it; onnxruntime, given others, may end the process.

    Args:
        path: The ONNX file.
        weights: The model file that it comes from, in the folder models of its project.

    Raises:
        NotExported: it is missing, changed since its export, or was exported from other weights.
        UserError: it can't be read, or is too large.
    """
    command = export_command(weights.parent.parent)
    again, expected = f"run `{command}` again", f"what `{command}` makes"
    if not path.exists():
        raise NotExported(f"{path}: missing; expected {expected}")
    contents = read_bytes(path, expected, "model_bytes")
    try:
        network = onnx.load_model_from_string(contents)
    except Exception:  # protobuf's DecodeError, or that of a string that is no UTF-8
        raise NotExported(f"{path}: no ONNX file; {again}") from None
    properties = {entry.key: entry.value for entry in network.metadata_props}
    if properties.get(WEIGHTS) != fingerprint(weights):
        raise NotExported(f"{path}: not exported from {weights} as it is now; {again}")
    if properties.get(CHECKSUM) != _checksum(network):
        raise NotExported(f"{path}: not as it was exported; {again}")
    return contents


def _checksum(network: onnx.ModelProto) -> str:
    unsealed = onnx.ModelProto()
    unsealed.CopyFrom(network)
    kept = [entry for entry in network.metadata_props if entry.key != CHECKSUM]
    del unsealed.metadata_props[:]
    unsealed.metadata_props.extend(kept)
    return hashlib.sha256(unsealed.SerializeToString(deterministic=True)).hexdigest()


def run_by_onnx(model: nn.Module, path: Path, weights: Path, threads: int = 1) -> nn.Module:
    """The model with its network run by onnxruntime from the ONNX file ``path``; the model itself stays as it is.

    Raises:
        UserError: see :class:`OnnxNetwork`.
    """
    model = copy.copy(model)
    setattr(model, network_method(model), OnnxNetwork(path, weights, threads))
    return model
