"""A trained Mask R-CNN, asked for the classes of faces in frames. FaceParser, and so `predict`, does not know it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from face_parsing.faces.crops import cut, square
from face_parsing.faces.parameters import Crop
from face_parsing.parsing.composing import compose
from face_parsing.parsing.crop_scores import crop_scores
from face_parsing.parsing.parameters import SegmenterTest
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.labels import LabelTable


@dataclass(frozen=True)
class PartsParser:
    """The network as the parameters have the segmenters used.

    Attributes:
        network: see :func:`face_parsing.instances.model.load_network`.
        labels: the classes that it tells apart.
        crop: how a face is cut out.
        size: the side of the network's input in pixels, as in training: at another one boxes are found less well.
        test: the views of a crop.
    """

    network: nn.Module
    labels: LabelTable
    crop: Crop
    size: int
    test: SegmenterTest

    def __call__(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        """The label map (H, W) uint8 of an image (H, W, 3) uint8 BGR with one face at least."""
        squares = [square(face.box, self.crop.margin) for face in sorted(faces, key=lambda face: face.score)]
        crops = [cut(image, place, self.crop.pad_value) for place in squares]
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if self.test.flip else None
        scores = crop_scores(self.network, crops, self.size, self.test.scales, mirrored, probabilities=True)
        return compose(image.shape[:2], list(zip(squares, scores, strict=True)), self.test.resize)
