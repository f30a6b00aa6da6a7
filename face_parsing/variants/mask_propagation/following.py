"""Parses a clip frame after frame, each with the previous frame's masks."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.geometry.matching import matching_square
from face_parsing.geometry.squares import Square, cut
from face_parsing.imaging.resizing import resized_image
from face_parsing.motion.optical_flow import read_at
from face_parsing.parsing.compositing import Prediction
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.variants.mask_propagation.guidance import LEAST, OPENING, WINDOW, backward_flow


class _ParsedFace(NamedTuple):
    """A face of the previous frame: its square, its crop (s, s, 3) and its probabilities (classes, h, w)."""

    place: Square
    crop: np.ndarray
    probabilities: np.ndarray


class Follower:
    """A segmenter for one clip, guided by its own mask of each face in the previous frame.

    Optical flow between the two crops warps the mask to the next frame. New faces, and all faces of the first frame,
    have no mask.

    Args:
        segmenter: A segmenter whose network is guided.
    """

    def __init__(self, segmenter: Segmenter):
        self.segmenter = segmenter
        self.before: list[_ParsedFace] = []

    def __call__(self, image: np.ndarray, faces: Sequence[Face]) -> Prediction:
        """Parse the clip's next frame, (H, W, 3) uint8 BGR; see Segmenter."""
        segmenter, side = self.segmenter, self.segmenter.use.input.crop_size
        parsed = []
        for place in segmenter.squares(faces):
            crop = cut(image, place, segmenter.use.crop.pad_value)
            small = resized_image(crop, (side, side))
            parsed.append(_ParsedFace(place, small, self._probabilities(crop, self._masks(place, small))))
        self.before = parsed
        return segmenter.prediction(image.shape[:2], [(face.place, face.probabilities) for face in parsed])

    def _probabilities(self, crop: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        """The probabilities (classes, h, w) of a face's crop, with its mask if there is one and the gate passes it."""
        segmenter = self.segmenter
        if masks is None or segmenter.network.gated:
            alone = segmenter.crop_scores([crop], probabilities=True)
            masks = None if masks is None else gated(masks, alone)
            if masks is None or not masks.any():
                return alone[0]
        return segmenter.crop_scores([crop], probabilities=True, masks=masks)[0]

    def _masks(self, place: Square, crop: np.ndarray) -> np.ndarray | None:
        """The mask (1, classes, h, w) of a face, warped to its crop; None if the previous frame lacks the face."""
        match = matching_square(place, [face.place for face in self.before])
        if match is None:
            return None
        before = self.before[match]
        return warped(before.probabilities, backward_flow(before.crop, crop))[None]


def follow(
    segmenters: Sequence[Segmenter], images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]]
) -> Iterator[tuple[np.ndarray, list[Prediction]]]:
    """Parse a clip whose faces are known, frame after frame.

    Args:
        segmenters: Segmenters whose networks are guided.
        images: The frames of one clip, (H, W, 3) uint8 BGR each.
        faces: The faces of each frame.

    Yields:
        Each frame and each segmenter's prediction.
    """
    followers = [Follower(segmenter) for segmenter in segmenters]
    for image, frame_faces in zip(images, faces, strict=True):
        yield image, [follower(image, frame_faces) for follower in followers]


def warped(masks: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Warp masks (classes, h, w) by a backward flow (H, W, 2), as ``warp_masks`` does in the training."""
    height, width = masks.shape[1:]
    steps = cv2.resize(flow, (width, height)) * np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([read_at(each, x + steps[..., 0], y + steps[..., 1]) for each in masks])


def gated(masks: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Gate one face's masks (1, classes, h, w) as ``gate_masks`` does in the training."""
    side = 2 * round(WINDOW * masks.shape[3] / 2) + 1

    def near(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        # torch's mean over a window takes zeros outside of the image.
        return cv2.boxFilter((first * second).sum(axis=1)[0], -1, (side, side), borderType=cv2.BORDER_CONSTANT)

    cosine = near(masks, alone) / np.maximum(np.sqrt(near(masks, masks) * near(alone, alone)), 1e-6)
    low, high = OPENING
    gate = np.clip((cosine - low) / (high - low), 0, 1)
    shared, either = np.minimum(masks, alone)[:, 1:].sum(), np.maximum(masks, alone)[:, 1:].sum()
    return masks * gate * np.float32(shared >= LEAST * either)
