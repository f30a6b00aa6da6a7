"""Inference with a trained segmentation network; the stage segment and FaceParser share this code."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import LabelTable
from face_parsing.geometry.squares import Crop, Square, cut, square
from face_parsing.parsing.compositing import Prediction, ScoredFaces, composite, in_steps
from face_parsing.parsing.crop_scores import Network, crop_scores
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest


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
        network: The network, run by torch or onnxruntime.
        labels: The label table of its classes.
        use: How it is used.
        log_class_weights: Logarithms of the class weights of its training; empty for equal weights.
    """

    network: Network
    labels: LabelTable
    use: SegmenterUse
    log_class_weights: Sequence[float] = field(default=())

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

    def crop_scores(
        self, crops: Sequence[np.ndarray], probabilities: bool, masks: np.ndarray | None = None
    ) -> np.ndarray:
        """Score crops, (N, classes, s, s) float32; see :func:`face_parsing.parsing.crop_scores.crop_scores`."""
        use = self.use
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if use.test.flip else None
        share = use.input.logit_adjustment
        weights = np.asarray(self.log_class_weights, np.float32)
        offsets = (-np.float32(share) * weights).tolist() if len(weights) else None
        return crop_scores(
            self.network, crops, use.input.crop_size, use.test.scales, mirrored, probabilities, offsets, masks
        )
