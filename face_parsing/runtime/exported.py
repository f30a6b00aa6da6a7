"""A folder of exported models: ONNX files, and models.json, which says how they are used. It needs no torch."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from face_parsing.compute.threads import CORES
from face_parsing.core.digests import sha256
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import read_bytes
from face_parsing.core.model_names import Model
from face_parsing.core.parameters import Section
from face_parsing.core.texts import read_text
from face_parsing.faces.parameters import Detection
from face_parsing.parsing.crop_scores import input_side
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.runtime.bundled import export_command
from face_parsing.runtime.onnx_networks import OnnxFinder, OnnxNetwork, session
from face_parsing.runtime.recipe import Recipe

CONTENTS = "models.json"


class DetectorFile(Section):
    """An exported detector.

    Attributes:
        file: The ONNX file's name.
        sha256: Its SHA-256.
        weights: The SHA-256 of the model file that it was exported from.
        scale: The longer and the shorter side in pixels that an image is resized to fit into.
    """

    file: str
    sha256: str
    weights: str
    scale: tuple[int, int]


class SegmenterFile(Section):
    """An exported segmentation model.

    Attributes:
        name: The model's name.
        file: The ONNX file's name.
        sha256: Its SHA-256.
        weights: The SHA-256 of the model file that it was exported from.
        log_class_weights: Logarithms of the class weights of its training.
        side: Side of its input in pixels; None for any.
        guided: Whether it takes masks.
        gated: Whether masks pass a gate first.
    """

    name: Model
    file: str
    sha256: str
    weights: str
    log_class_weights: list[float]
    side: int | None
    guided: bool
    gated: bool


class Contents(Section):
    """What models.json holds."""

    format: Literal[1]
    recipe: Recipe
    detector: DetectorFile
    segmenters: list[SegmenterFile]


class NotExported(PipelineError):
    """No exported files of the current models exist; an export writes them."""


def input_sides(recipe: Recipe) -> set[int]:
    """The sides in pixels of the inputs that a recipe gives its segmentation networks."""
    return {input_side(recipe.input.crop_size, scale) for scale in recipe.test.scales}


class ExportedModels:
    """The models of a folder that `face-parsing export` wrote.

    Args:
        folder: The folder.
        device: cpu, cuda, or cuda:<number>.
        recipe: How the models are used; None as at the export.
        weights: The model files of a project by network, of which those must be that were exported.

    Raises:
        NotExported: The folder is missing, changed since its export, or was exported from other weights or for another
            input size.
    """

    runtime: Literal["onnx"] = "onnx"

    def __init__(
        self, folder: Path, device: str, recipe: Recipe | None = None, weights: Mapping[str, Path] | None = None
    ):
        self.folder, self.device = folder, device
        command = export_command(folder.parent)
        self.expected, self.again = f"what `{command}` writes", f"run `{command}` again"
        self.contents = self._contents()
        self.recipe = recipe or self.contents.recipe
        self.settings, self.detector_file = [folder / CONTENTS], folder / self.contents.detector.file
        self._check_weights(weights or {})
        self._check_sides()

    @property
    def _networks(self) -> list[DetectorFile | SegmenterFile]:
        return [self.contents.detector, *self.contents.segmenters]

    def finder(self, detection: Detection) -> OnnxFinder:
        """The detector."""
        file = self.contents.detector
        return OnnxFinder(self._session(file), file.scale, detection.score_threshold)

    def segmenters(self, use: SegmenterUse) -> dict[Path, Segmenter]:
        """The segmentation models of the result by their files.

        Raises:
            NotExported: The recipe has a model that was not exported.
        """
        files = {file.name: file for file in self.contents.segmenters}
        segmenters = {}
        for name in self.recipe.members:
            if name not in files:
                raise NotExported(f"{self.folder}: no {name}; {self.again}")
            file = files[name]
            network = OnnxNetwork(self._session(file), file.guided, file.gated)
            segmenters[self.folder / file.file] = Segmenter(
                network, self.recipe.label_table, use, tuple(file.log_class_weights)
            )
        return segmenters

    def _contents(self) -> Contents:
        path = self.folder / CONTENTS
        if not path.exists():
            raise NotExported(f"{path}: missing; expected {self.expected}")
        try:
            return Contents.model_validate_json(read_text(path, self.expected))
        except ValidationError as error:
            detail = error.errors()[0]
            key = ".".join(map(str, detail["loc"])) or "the whole file"
            raise NotExported(f"{path}: {key}: {detail['msg']}; {self.again}") from None

    def _session(self, file: DetectorFile | SegmenterFile) -> object:
        path = self.folder / file.file
        if Path(file.file).name != file.file:
            raise NotExported(f"{self.folder / CONTENTS}: {file.file}: not a file name; {self.again}")
        if not path.exists():
            raise NotExported(f"{path}: missing; expected {self.expected}")
        contents = read_bytes(path, self.expected, "model_bytes")
        # A damaged file may crash onnxruntime.
        if hashlib.sha256(contents).hexdigest() != file.sha256:
            raise NotExported(f"{path}: changed since its export; {self.again}")
        return session(contents, self.device, CORES)

    def _check_sides(self) -> None:
        sides = input_sides(self.recipe)
        for file in self.contents.segmenters:
            if file.side is not None and sides != {file.side}:
                raise NotExported(
                    f"{self.folder / file.file}: exported for inputs of {file.side} pixels, not "
                    f"{', '.join(map(str, sorted(sides)))}; {self.again}"
                )

    def _check_weights(self, weights: Mapping[str, Path]) -> None:
        for file in self._networks:
            path = weights.get(file.name if isinstance(file, SegmenterFile) else "detector")
            if path is not None and path.is_file() and file.weights != sha256(path):
                raise NotExported(f"{self.folder / file.file}: not exported from the current {path}; {self.again}")
