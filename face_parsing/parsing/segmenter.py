"""Inference with a trained segmentation model; the stage segment and FaceParser share this code."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor
from typing_extensions import Self

from face_parsing.checkpoints.model_file import load_model
from face_parsing.clips.face_table import Face
from face_parsing.core.labels import LabelTable
from face_parsing.geometry.squares import Crop, Square, cut, square
from face_parsing.parsing.compositing import Prediction, ScoredFaces, composite, in_steps
from face_parsing.parsing.crop_scores import crop_scores
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.segmenter.architecture import Architecture


@dataclass(frozen=True)
class SegmenterUse:
    """How a segmentation network is used.

    Attributes:
        crop: Margin and padding of a face's crop.
        input: Batch size, size of the network's input, and logit adjustment.
        test: Test-time augmentation and resizing.
        probabilities: Whether scores are always probabilities, as a soft vote requires.
    """

    crop: Crop
    input: SegmenterInput
    test: SegmenterTest
    probabilities: bool


@dataclass(frozen=True)
class Segmenter:
    """A segmentation network and how it is used.

    Attributes:
        network: A segmentor in evaluation mode.
        labels: The label table of its classes.
        use: How it is used.
        log_class_weights: Logarithms of the class weights of its training; empty for equal weights.
    """

    network: Any
    labels: LabelTable
    use: SegmenterUse
    log_class_weights: Sequence[float] = field(default=())

    @classmethod
    def load(cls, architecture: Architecture, weights: Path, labels: LabelTable, use: SegmenterUse) -> Self:
        """Build a network, on a GPU if there is one, and load its weights.

        Args:
            architecture: The architecture that it was trained with.
            weights: Its model file.
            labels: The label table that it was trained with.
            use: How it is used.

        Raises:
            PipelineError: The model file is missing or invalid, or has other labels or another architecture.
        """
        init_default_scope("mmseg")
        network: Any = MODELS.build(architecture.config(len(labels)).model)
        load_model(weights, network, labels.names)
        # Convolutions are faster with the channels last, on CPU and GPU.
        network = network.to(get_device(), memory_format=torch.channels_last).eval()
        return cls(network, labels, use, network.decode_head[-1].log_class_weight.tolist())

    def with_network(self, network: Any) -> "Segmenter":
        """A copy with another network, such as the same one run by onnxruntime."""
        return replace(self, network=network)

    def __call__(self, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]]) -> list[Prediction]:
        """Predict images; see :meth:`scores`. Probabilities are quantized by ``in_steps``."""
        scored = self.scores(images, faces)
        return [self.prediction(image.shape[:2], scores) for image, scores in zip(images, scored, strict=True)]

    def prediction(self, shape: tuple[int, ...], scored: ScoredFaces) -> Prediction:
        """The prediction of a frame of shape (H, W) from the class scores of its faces."""
        label_map = composite(shape, scored, self.use.test.resize)
        return Prediction(label_map, in_steps(scored) if self.use.probabilities else scored)

    def scores(self, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]]) -> list[ScoredFaces]:
        """Score the classes of each image's faces.

        Args:
            images: (H, W, 3) uint8 BGR each.
            faces: The faces of each image.

        Returns:
            For each image the squares of its faces, by ascending detection score, with their class scores.
        """
        squares = [self.squares(image_faces) for image_faces in faces]
        if not any(squares):
            return [[] for _ in images]
        crops = [
            cut(image, face_square, self.use.crop.pad_value)
            for image, image_squares in zip(images, squares, strict=True)
            for face_square in image_squares
        ]
        scores = iter(self.crop_scores(crops, self.use.probabilities))
        return [[(face_square, next(scores)) for face_square in image_squares] for image_squares in squares]

    def squares(self, faces: Sequence[Face]) -> list[Square]:
        """The squares of a frame's face crops, by ascending detection score."""
        return [square(face.box, self.use.crop.margin) for face in sorted(faces, key=lambda face: face.score)]

    def crop_scores(self, crops: Sequence[np.ndarray], probabilities: bool, masks: Tensor | None = None) -> np.ndarray:
        """Score crops, (N, classes, s, s) float32; see :func:`face_parsing.parsing.crop_scores.crop_scores`."""
        use = self.use
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if use.test.flip else None
        share = use.input.logit_adjustment
        offsets = (-share * torch.tensor(self.log_class_weights)).tolist() if self.log_class_weights else None
        return crop_scores(
            self.network, crops, use.input.crop_size, use.test.scales, mirrored, probabilities, offsets, masks
        )
