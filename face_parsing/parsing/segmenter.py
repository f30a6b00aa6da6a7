"""A trained segmentation model, asked for the classes of faces; the stage segment and FaceParser use the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor, nn

from face_parsing.faces.crops import Square, cut, square
from face_parsing.faces.parameters import Crop
from face_parsing.parsing.composing import Prediction, ScoredFaces, compose, in_steps
from face_parsing.parsing.crop_scores import crop_scores
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.model_file import load_model
from face_parsing.segmenter.building import ALL_LAYERS, model_config
from face_parsing.segmenter.parameters import CoarseHeadName, Layers, Previous


def load_network(
    config: Path,
    weights: Path,
    name: str,
    labels: LabelTable,
    layers: Layers = ALL_LAYERS,
    *,
    previous: Previous = "none",
    coarse_head: CoarseHeadName = "fcn",
) -> nn.Module:
    """The trained segmentor in evaluation mode, on a GPU if there is one.

    Args:
        config: The segmenter's config file.
        weights: Its model file.
        name: The model's name, one of MODEL_NAMES.
        labels: The classes that it was trained for.
        layers: Which of its config's layers it has.
        previous: Whether it takes in the previous frame's mask, and how.
        coarse_head: Which of the coarse heads it has.

    Raises:
        UserError: the model file is missing, no model file, or trained for other labels or another model.
    """
    init_default_scope("mmseg")
    model = model_config(config, name, len(labels), layers, previous=previous, coarse_head=coarse_head).model
    network = MODELS.build(model)
    load_model(weights, network, labels.names)
    # With the channels last convolutions are faster, on CPU and GPU.
    return network.to(get_device(), memory_format=torch.channels_last).eval()


@dataclass(frozen=True)
class Segmenter:
    """A segmentation network as the parameters have it used.

    Attributes:
        network: See :func:`load_network`.
        labels: The classes that it tells apart.
        crop: How a face is cut out.
        input: What a crop becomes before the network, and its logits after.
        test: The views of a crop.
        probabilities: Whether scores are to be probabilities, for a soft vote.
    """

    network: nn.Module
    labels: LabelTable
    crop: Crop
    input: SegmenterInput
    test: SegmenterTest
    probabilities: bool

    def __call__(self, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]]) -> list[Prediction]:
        """What the network makes of images; see :meth:`scores`. Probabilities come in steps."""
        scored = self.scores(images, faces)
        return [self.prediction(image.shape[:2], of_image) for image, of_image in zip(images, scored, strict=True)]

    def prediction(self, shape: tuple[int, ...], scored: ScoredFaces) -> Prediction:
        """The prediction of a frame of a shape (H, W) from its faces' scores."""
        return Prediction(compose(shape, scored, self.test.resize), in_steps(scored) if self.probabilities else scored)

    def scores(self, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]]) -> list[ScoredFaces]:
        """The squares of each image's faces, by ascending score, and the scores of what they hold.

        Args:
            images: (H, W, 3) uint8 BGR each.
            faces: Of each image.
        """
        squares = [self.squares(of_image) for of_image in faces]
        if not any(squares):
            return [[] for _ in images]
        crops = [
            cut(image, place, self.crop.pad_value)
            for image, of_image in zip(images, squares, strict=True)
            for place in of_image
        ]
        scores = iter(self.crop_scores(crops, self.probabilities))
        return [[(place, next(scores)) for place in of_image] for of_image in squares]

    def squares(self, faces: Sequence[Face]) -> list[Square]:
        """Where a frame's faces are cut out, by ascending score."""
        return [square(face.box, self.crop.margin) for face in sorted(faces, key=lambda face: face.score)]

    def crop_scores(self, crops: Sequence[np.ndarray], probabilities: bool, masks: Tensor | None = None) -> np.ndarray:
        """The scores of crops, (N, classes, s, s) float32; see :func:`face_parsing.parsing.crop_scores.crop_scores`."""
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if self.test.flip else None
        log_weights = self.network.decode_head[-1].log_class_weight  # type: ignore[index, union-attr]
        offsets = (-self.input.logit_adjustment * log_weights).tolist()
        size, scales = self.input.crop_size, self.test.scales
        return crop_scores(self.network, crops, size, scales, mirrored, probabilities, offsets, masks)
