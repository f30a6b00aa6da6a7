"""Pseudo labels: what several models agree on and are sure of."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from typing_extensions import Self

from face_parsing.faces.cropping import write_crop
from face_parsing.faces.crops import Square, crop_side, paste, square
from face_parsing.faces.parameters import Crop
from face_parsing.parsing.composing import ScoredFaces, mean_of, upsampled_argmax
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pseudo.unsure import UNSURE


class Tally(NamedTuple):
    """How many crops were written; and by class, (256,) int64 each, the pixels of the vote and those that were kept."""

    crops: int = 0
    voted: np.ndarray = np.zeros(256, np.int64)
    kept: np.ndarray = np.zeros(256, np.int64)

    def with_more(self, other: "Tally") -> Self:
        """The sum."""
        return self._replace(
            crops=self.crops + other.crops, voted=self.voted + other.voted, kept=self.kept + other.kept
        )


def vote_of_face(
    mean: np.ndarray, members: Sequence[np.ndarray], side: int, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """The vote on a face, and where it is to be trusted.

    Args:
        mean: The mean of the members' probabilities, (classes, s, s) float32.
        members: Each one's own probabilities, (classes, s, s) float32; s may differ.
        side: Of the result in pixels.
        threshold: The least mean probability of the voted class.

    Returns:
        The classes (side, side) uint8; and (side, side) bool, whether each member has the same class there and the mean
        is sure of it.
    """
    label_map = upsampled_argmax(mean, side)
    trusted = reduce(np.maximum, (cv2.resize(probability, (side, side)) for probability in mean)) >= threshold
    for scores in members:
        trusted &= upsampled_argmax(scores, side) == label_map
    return label_map, trusted


def write_pseudo_crops(
    image: np.ndarray,
    faces: Sequence[Face],
    members: Sequence[ScoredFaces],
    threshold: float,
    crop: Crop,
    context: float,
    max_size: int,
    labels: LabelTable,
    out: Path,
    name: str,
) -> Tally:
    """Write the crops of a frame's faces as labelled ones are: out/images/<name>_<k>.jpg and out/labels/<the same>.png.

    Labels are UNSURE where the vote is not to be trusted, and in the context, on which nobody votes; those of padding
    are ignored. A crop that has no class but background left is not written.

    Args:
        image: (H, W, 3) uint8 BGR.
        faces: In the order of the members' scores.
        members: What each makes of the faces' squares: probabilities.
        threshold: See :func:`vote_of_face`.
        crop: The square of inference.
        context: What a training crop has around it on every side, as a share of the box's longer side.
        max_size: The most pixels a side that it is stored with.
        labels: Whose colours the label maps get.
        out: The folder to write to.
        name: The frame's, among those of all clips.
    """
    tally = Tally()
    for k, ((place, mean), *views, face) in enumerate(zip(mean_of(members), *members, faces, strict=True)):
        label_map, trusted = vote_of_face(mean, [scores for _, scores in views], crop_side(place), threshold)
        kept = bool(label_map[trusted].any())
        if kept:
            around = square(face.box, crop.margin + context)
            in_frame = _in_frame(image.shape[:2], label_map, trusted, place)
            write_crop(image, in_frame, around, crop.pad_value, max_size, labels, out, f"{name}_{k}")
        tally = tally.with_more(Tally(int(kept), _pixels(label_map), kept * _pixels(label_map[trusted])))
    return tally


def _in_frame(shape: tuple[int, ...], label_map: np.ndarray, trusted: np.ndarray, place: Square) -> np.ndarray:
    """A face's labels in the frame (H, W) uint8, UNSURE where they are not trusted and outside of its square."""
    frame = np.zeros(shape, np.uint8)
    paste(frame, np.where(trusted, label_map + 1, 0).astype(np.uint8), place)  # which leaves zeros out
    return np.where(frame, frame - 1, UNSURE).astype(np.uint8)


def _pixels(classes: np.ndarray) -> np.ndarray:
    return np.bincount(classes.ravel(), minlength=256)
