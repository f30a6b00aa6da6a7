"""A clip parsed frame after frame, each with what was made of the one before."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from face_parsing.faces.boxes import ious
from face_parsing.faces.crops import Square, cut
from face_parsing.parsing.composing import Prediction
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.resizing import resized_image
from face_parsing.segmenter.previous import gated, moved, optical_flow

SAME_FACE = 0.2  # the least IoU of one face's squares in two frames


class _Seen(NamedTuple):
    """A face of the frame before: its square, its crop (s, s, 3) and its probabilities (classes, h, w)."""

    place: Square
    crop: np.ndarray
    probabilities: np.ndarray


class Follower:
    """A segmenter on its way through a clip: what it made of a face guides it in the next frame.

    The mask is moved to the next frame by the optical flow between the two crops. For a face that was not there before,
    and in the clip's first frame, there is none.

    Args:
        segmenter: Of a GuidedEANet.
    """

    def __init__(self, segmenter: Segmenter):
        self.segmenter = segmenter
        self.before: list[_Seen] = []

    def __call__(self, image: np.ndarray, faces: Sequence[Face]) -> Prediction:
        """What is made of the clip's next frame, (H, W, 3) uint8 BGR; see Segmenter."""
        segmenter, side = self.segmenter, self.segmenter.input.crop_size
        seen = []
        for place in segmenter.squares(faces):
            crop = cut(image, place, segmenter.crop.pad_value)
            small = resized_image(crop, (side, side))
            seen.append(_Seen(place, small, self._probabilities(crop, self._masks(place, small))))
        self.before = seen
        return segmenter.prediction(image.shape[:2], [(each.place, each.probabilities) for each in seen])

    def _probabilities(self, crop: np.ndarray, masks: Tensor | None) -> np.ndarray:
        """The probabilities (classes, h, w) of a face's crop with its mask, if it has one that the gate lets in."""
        segmenter = self.segmenter
        if masks is None or segmenter.network.gated:
            alone = segmenter.crop_scores([crop], probabilities=True)
            masks = None if masks is None else gated(masks, torch.from_numpy(alone))
            if masks is None or not masks.any():
                return alone[0]
        return segmenter.crop_scores([crop], probabilities=True, masks=masks)[0]

    def _masks(self, place: Square, crop: np.ndarray) -> Tensor | None:
        """The mask (1, classes, h, w) for a face at a place, moved to its crop, where the frame before has the face."""
        corners = np.array([_corners(each.place) for each in self.before]).reshape(-1, 4)
        overlaps = ious(np.array([_corners(place)]), corners)[0]
        if not (overlaps >= SAME_FACE).any():
            return None
        before = self.before[int(overlaps.argmax())]
        flow = torch.from_numpy(optical_flow(before.crop, crop))
        return moved(torch.from_numpy(before.probabilities)[None], flow[None])


def follow(
    segmenters: Sequence[Segmenter], images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]]
) -> Iterator[tuple[np.ndarray, list[Prediction]]]:
    """Yield each frame of a clip, (H, W, 3) uint8 BGR, whose faces are known, with each segmenter's prediction."""
    followers = [Follower(segmenter) for segmenter in segmenters]
    for image, of_frame in zip(images, faces, strict=True):
        yield image, [follower(image, of_frame) for follower in followers]


def _corners(place: Square) -> list[float]:
    return [place.x, place.y, place.x + place.side, place.y + place.side]
