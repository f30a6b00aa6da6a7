"""Which models serve, and what runs them: the files of an export by onnxruntime, or a project's models by torch."""

import shutil
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.faces.parameters import Detection
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.runtime.exported import CONTENTS, ExportedModels, NotExported
from face_parsing.runtime.project import existing, read_parameters, weights_of
from face_parsing.runtime.recipe import Recipe, recipe_of

Runtime = Literal["torch", "onnx"]


class Finder(Protocol):
    """A detector; see :data:`face_parsing.faces.finding.FindCandidates`."""

    batch_size: int

    def __call__(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        """The candidates of each image."""


class Models(Protocol):
    """Trained models and how they are used.

    Attributes:
        recipe: How they are used.
        settings: Files that say so, besides a project's params.yaml and label table.
        detector_file: The detector's file.
    """

    recipe: Recipe
    settings: list[Path]
    detector_file: Path

    @property
    def runtime(self) -> Runtime:
        """What runs them."""

    def finder(self, detection: Detection) -> Finder:
        """The detector."""

    def segmenters(self, use: SegmenterUse) -> dict[Path, Segmenter]:
        """The segmentation models of the result by their files."""


def open_models(folder: Path, device: str | None, runtime: Runtime | None) -> Models:
    """The models of a folder.

    Args:
        folder: A project, or a folder that `face-parsing export` wrote.
        device: cpu, cuda, or cuda:<number>; None for the GPU if there is one.
        runtime: What runs the networks. None for onnxruntime if the models are exported and, where there is a GPU, it
            supports CUDA; otherwise torch.

    Raises:
        NotExported: onnx is asked for, or torch is not installed, and there is no export of the current models.
        PipelineError: A file of the project is missing or invalid, there is no such device, or torch is asked for and
            not installed.
    """
    if (folder / CONTENTS).is_file():
        if runtime == "torch":
            raise PipelineError(f"{folder}: exported models, which torch does not run; expected --runtime onnx")
        return ExportedModels(folder, device or "cpu")
    exported, is_project = folder / paths.EXPORTED, (folder / paths.PARAMETERS).is_file()
    if not is_project and (exported / CONTENTS).is_file() and runtime != "torch":
        return ExportedModels(exported, device or "cpu")  # an installed package
    with_torch = find_spec("torch") is not None
    if runtime == "torch" and not with_torch:
        raise PipelineError("torch: missing; expected the extra train, or --runtime onnx")
    if not with_torch:
        return ExportedModels(exported, device or "cpu")  # as at the export, since params.yaml can't be read either
    by_torch, by_onnx = _openers(folder, exported, device)
    if runtime is None:
        on_gpu = device.startswith("cuda") if device else shutil.which("nvidia-smi") is not None
        runtime = "torch" if on_gpu else None
    if runtime == "torch":
        return by_torch()
    if runtime == "onnx":
        return by_onnx()
    try:
        return by_onnx()
    except NotExported:
        return by_torch()


def _openers(project: Path, exported: Path, device: str | None) -> tuple[Callable[[], Models], Callable[[], Models]]:
    """Functions that open a project's models by torch, and by onnxruntime."""
    parameters = read_parameters(project)
    recipe = recipe_of(parameters, read_labels(existing(project / paths.LABELS)))

    def by_torch() -> Models:
        from face_parsing.runtime.trained import TrainedModels

        return TrainedModels(project, parameters, recipe, device)

    def by_onnx() -> Models:
        return ExportedModels(exported, device or "cpu", recipe, weights_of(project, parameters))

    return by_torch, by_onnx
