"""Runs networks from ONNX files in place of torch."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from mmdet.models import BaseDetector
from torch import Tensor, nn

from face_parsing.core.digests import sha256
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import read_bytes
from face_parsing.runtime.bundled import export_command

# Keys of an ONNX file's metadata.
WEIGHTS = "weights_sha256"
CHECKSUM = "network_sha256"  # of everything except this entry


def network_method(model: nn.Module) -> str:
    """The name of the model's method that an ONNX file replaces.

    A segmentor's method maps images (N, 3, H, W) to logits (N, classes, h, w); a GuidedEANet also takes masks. A
    detector's method is backbone and neck, from images to the feature pyramid. mmdet's proposals and RoI heads stay in
    torch, since their number of boxes varies.
    """
    return "extract_feat" if isinstance(model, BaseDetector) else "_forward"


class NotExported(PipelineError):
    """No ONNX file of the current model exists; an export creates it."""


class OnnxNetwork:
    """A network that onnxruntime runs on the CPU.

    Args:
        path: The ONNX file.
        weights: The model file whose fingerprint the ONNX file must have.
        threads: Number of threads of one call; calls may run concurrently.

    Raises:
        PipelineError: See :func:`read_network`; or onnxruntime is not installed.
    """

    def __init__(self, path: Path, weights: Path, threads: int):
        try:
            import onnxruntime
        except ImportError:
            raise PipelineError(
                "onnxruntime: missing; expected in Python 3.11 or later (setup.sh installs it)"
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # A model loaded from memory can't refer to tensors in other files.
        self.session = onnxruntime.InferenceSession(
            read_network(path, weights), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, images: Tensor, *_: object) -> Tensor | tuple[Tensor, ...]:
        """Run the network on images (N, 3, H, W) float32; data samples, which only training needs, are ignored."""
        outputs = self.session.run(None, {"images": np.ascontiguousarray(images.numpy())})
        tensors = tuple(torch.from_numpy(output) for output in outputs)
        return tensors[0] if len(tensors) == 1 else tensors


def seal(network: onnx.ModelProto, weights: Path) -> None:
    """Write the fingerprint of the weights and the network's own checksum into an ONNX model's metadata."""
    properties = {WEIGHTS: sha256(weights)}
    onnx.helper.set_model_props(network, properties)
    onnx.helper.set_model_props(network, {**properties, CHECKSUM: _checksum(network)})


def read_network(path: Path, weights: Path) -> bytes:
    """Read an ONNX file and check that it is unchanged since its export; a damaged one may crash onnxruntime.

    Args:
        path: The ONNX file.
        weights: The model file that it was exported from, in the folder models of its project.

    Returns:
        The contents of the file.

    Raises:
        NotExported: The file is missing, changed since its export, or was exported from other weights.
        PipelineError: The file can't be read or is too large.
    """
    command = export_command(weights.parent.parent)
    again, expected = f"run `{command}` again", f"the file that `{command}` writes"
    if not path.exists():
        raise NotExported(f"{path}: missing; expected {expected}")
    contents = read_bytes(path, expected, "model_bytes")
    try:
        network = onnx.load_model_from_string(contents)
    except Exception:  # protobuf's DecodeError or a UnicodeDecodeError
        raise NotExported(f"{path}: not an ONNX file; {again}") from None
    properties = {entry.key: entry.value for entry in network.metadata_props}
    if properties.get(WEIGHTS) != sha256(weights):
        raise NotExported(f"{path}: not exported from the current {weights}; {again}")
    if properties.get(CHECKSUM) != _checksum(network):
        raise NotExported(f"{path}: changed since its export; {again}")
    return contents


def _checksum(network: onnx.ModelProto) -> str:
    unsealed = onnx.ModelProto()
    unsealed.CopyFrom(network)
    kept = [entry for entry in network.metadata_props if entry.key != CHECKSUM]
    del unsealed.metadata_props[:]
    unsealed.metadata_props.extend(kept)
    return hashlib.sha256(unsealed.SerializeToString(deterministic=True)).hexdigest()


def run_by_onnx(model: nn.Module, path: Path, weights: Path, threads: int = 1) -> nn.Module:
    """A copy of the model whose network runs in onnxruntime, from the ONNX file ``path``.

    Raises:
        PipelineError: See :class:`OnnxNetwork`.
    """
    model = copy.copy(model)
    setattr(model, network_method(model), OnnxNetwork(path, weights, threads))
    return model
