"""Parses a clip frame after frame, each with the previous frame's masks."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from face_parsing.clips.face_table import Face
from face_parsing.geometry.matching import matching_square
from face_parsing.geometry.squares import Square, cut
from face_parsing.imaging.resizing import resized_image
from face_parsing.parsing.compositing import Prediction
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.variants.mask_propagation.network import backward_flow, gate_masks, warp_masks


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
        segmenter: A segmenter of a GuidedEANet.
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

    def _probabilities(self, crop: np.ndarray, masks: Tensor | None) -> np.ndarray:
        """The probabilities (classes, h, w) of a face's crop, with its mask if there is one and the gate passes it."""
        segmenter = self.segmenter
        if masks is None or segmenter.network.gated:
            alone = segmenter.crop_scores([crop], probabilities=True)
            masks = None if masks is None else gate_masks(masks, torch.from_numpy(alone))
            if masks is None or not masks.any():
                return alone[0]
        return segmenter.crop_scores([crop], probabilities=True, masks=masks)[0]

    def _masks(self, place: Square, crop: np.ndarray) -> Tensor | None:
        """The mask (1, classes, h, w) of a face, warped to its crop; None if the previous frame lacks the face."""
        match = matching_square(place, [face.place for face in self.before])
        if match is None:
            return None
        before = self.before[match]
        flow = torch.from_numpy(backward_flow(before.crop, crop))
        return warp_masks(torch.from_numpy(before.probabilities)[None], flow[None])


def follow(
    segmenters: Sequence[Segmenter], images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]]
) -> Iterator[tuple[np.ndarray, list[Prediction]]]:
    """Parse a clip whose faces are known, frame after frame.

    Args:
        segmenters: Segmenters of GuidedEANets.
        images: The frames of one clip, (H, W, 3) uint8 BGR each.
        faces: The faces of each frame.

    Yields:
        Each frame and each segmenter's prediction.
    """
    followers = [Follower(segmenter) for segmenter in segmenters]
    for image, frame_faces in zip(images, faces, strict=True):
        yield image, [follower(image, frame_faces) for follower in followers]
