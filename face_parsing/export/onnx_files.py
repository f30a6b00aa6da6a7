"""Writes networks as ONNX files, by the exporter based on torch.export."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxscript.rewriter
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.export import Dim

from face_parsing.core.errors import PipelineError
from face_parsing.export.detector_graph import DetectorGraph
from face_parsing.export.segmenter_graph import OPSET, SegmenterGraph, exportable
from face_parsing.runtime.onnx_networks import STRIDE

LARGE = 64  # values of a tensor that is worth storing in half precision


def write_segmenter(model: Any, path: Path, side: int | None = None) -> None:
    """Write a segmentor as an ONNX file: ``images`` (N, H, W, 3) uint8 BGR to ``logits``.

    A GuidedEANet also takes ``masks`` (N, classes, H, W) float32.

    Args:
        model: A segmentor on the CPU, in evaluation mode.
        path: The file to write.
        side: H and W, which takes a third of the time to export; None for a network of any size.
    """
    height, width = (side, side) if side else (128, 160)
    batch = Dim("batch")
    sides = [] if side else [Dim("height"), Dim("width")]
    examples = [torch.zeros(2, height, width, 3, dtype=torch.uint8)]
    shapes = [{0: batch} | dict(enumerate(sides, 1))]
    names = ["images"]
    if channels := getattr(model, "guidance_channels", 0):
        examples.append(torch.zeros(2, channels, height, width))
        shapes.append({0: batch} | dict(enumerate(sides, 2)))
        names.append("masks")
    _write(SegmenterGraph(model), tuple(examples), tuple(shapes), names, ["logits"], path)


def write_detector(model: Any, path: Path) -> None:
    """Write a detector as an ONNX file; see :class:`DetectorGraph`.

    Args:
        model: A Cascade R-CNN on the CPU, in evaluation mode.
        path: The file to write.

    Raises:
        PipelineError: The detector has parts that the export does not support.
    """
    examples = (
        torch.zeros(12 * STRIDE, 16 * STRIDE, 3, dtype=torch.uint8),
        torch.tensor([380.0, 500.0]),
        torch.ones(2),
    )
    rows, columns = Dim("rows", min=3, max=1000), Dim("columns", min=3, max=1000)
    shapes = ({0: STRIDE * rows, 1: STRIDE * columns}, None, None)
    graph = DetectorGraph(model)
    exportable(graph)
    _write(graph, examples, shapes, ["image", "size", "scale"], ["boxes", "scores"], path)


def input_scale(config: Any) -> tuple[int, int]:
    """The longer and the shorter side that a detector's test images are resized to fit into.

    Args:
        config: The detector's mmengine config.

    Raises:
        PipelineError: The images are prepared in another way.
    """
    steps = {step["type"]: step for step in config.test_dataloader.dataset.pipeline}
    unknown = steps.keys() - {"LoadImageFromFile", "LoadAnnotations", "Resize", "PackDetInputs"}
    if unknown or not steps.get("Resize", {}).get("keep_ratio"):
        raise PipelineError(
            f"the detector's test pipeline has {', '.join(sorted(unknown)) or 'no Resize with keep_ratio'}, which ONNX "
            "export does not support; expected Resize with keep_ratio alone"
        )
    width, height = steps["Resize"]["scale"]
    return max(width, height), min(width, height)


def _write(graph: nn.Module, examples: tuple, shapes: tuple, inputs: list[str], outputs: list[str], path: Path) -> None:
    # Every export warns of missing torchvision operators.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), _weights_kept():
        warnings.simplefilter("ignore", FutureWarning)  # torch's exporter uses deprecated functions of torch
        program = torch.onnx.export(
            graph.eval(),
            examples,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None  # only torch's older exporter returns None
    exported = program.model_proto
    del exported.graph.value_info[:]  # shapes that the detector's suppression of boxes changes
    for node in exported.graph.node:
        del node.metadata_props[:]  # source locations take a quarter of the file
    _store_in_half_precision(exported)
    onnx.save(exported, path)


@contextmanager
def _weights_kept() -> Iterator[None]:
    """Keep the exporter from multiplying convolutions by their batch statistics, which onnxruntime does when it loads.

    The products need single precision, and so double a file of weights in half precision.
    """
    rules = onnxscript.rewriter._DEFAULT_REWRITE_RULES
    kept = [rule for rule in rules if "batchnorm" not in str(rule.name).lower()]
    onnxscript.rewriter._DEFAULT_REWRITE_RULES = tuple(kept)
    try:
        yield
    finally:
        onnxscript.rewriter._DEFAULT_REWRITE_RULES = rules


def _store_in_half_precision(model: onnx.ModelProto) -> None:
    """Store the weights that float16 represents exactly as such, cast to float32 when the file is loaded."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LARGE:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        if not np.array_equal(halves.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(halves, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
