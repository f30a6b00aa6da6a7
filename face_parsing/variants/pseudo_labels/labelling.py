"""Pseudo labels: the classes that several models agree on with a high probability."""

from collections.abc import Sequence
from functools import reduce
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm
from typing_extensions import Self

from face_parsing.clips.face_table import Face
from face_parsing.clips.layout import Frame
from face_parsing.compute.batches import batches
from face_parsing.core.errors import error_context
from face_parsing.core.labels import LabelTable
from face_parsing.faces.cropping import write_crop
from face_parsing.geometry.squares import Crop, Square, crop_side, paste, square
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import ScoredFaces, mean_of, upsampled_argmax
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.variants.pseudo_labels.unsure import UNSURE


class Tally(NamedTuple):
    """Number of written crops, and by class the voted and the kept pixels, (256,) int64 each."""

    crops: int = 0
    voted: np.ndarray = np.zeros(256, np.int64)
    kept: np.ndarray = np.zeros(256, np.int64)

    def with_more(self, other: "Tally") -> Self:
        """The sum of both tallies."""
        return self._replace(
            crops=self.crops + other.crops, voted=self.voted + other.voted, kept=self.kept + other.kept
        )


def vote_of_face(
    mean: np.ndarray, members: Sequence[np.ndarray], side: int, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """The vote on a face, and the pixels where it is trusted.

    Args:
        mean: Mean of the members' probabilities, (classes, s, s) float32.
        members: Probabilities of each member, (classes, s, s) float32; s may differ.
        side: Side of the result in pixels.
        threshold: Minimum mean probability of the voted class.

    Returns:
        The classes, (side, side) uint8, and the trusted pixels, (side, side) bool. A pixel is trusted if all members
        agree and the mean reaches the threshold.
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
    """Write the crops of a frame's faces: out/images/<name>_<k>.jpg and out/labels/<name>_<k>.png.

    Labels are UNSURE where the vote is not trusted and in the context, where models do not vote. Padding has the
    ignored label. A crop with only background left is not written.

    Args:
        image: (H, W, 3) uint8 BGR.
        faces: The faces, in the order of the members' scores.
        members: Probabilities of each member for the faces' squares.
        threshold: See :func:`vote_of_face`.
        crop: The square of inference.
        context: Width of the context on every side, as a share of the box's longer side.
        max_size: Maximum side in pixels of a stored crop.
        labels: The label table, which gives the label maps their colors.
        out: The folder to write to.
        name: Name of the frame, unique among all clips.

    Returns:
        The crops and pixels of this frame.
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


def label_frames(
    frames: Sequence[Frame],
    faces: Sequence[Sequence[Face]],
    segmenters: Sequence[Segmenter],
    threshold: float,
    context: float,
    max_size: int,
    out: Path,
) -> Tally:
    """Write the pseudo-labelled crops of all frames' faces; see :func:`write_pseudo_crops`.

    Args:
        frames: Frames of any clips.
        faces: The faces of each frame.
        segmenters: The models that vote, whose scores are probabilities.
        threshold: Minimum mean probability of the voted class.
        context: Width of the context around the square of inference, as a share of the box's longer side.
        max_size: Maximum side in pixels of a stored crop.
        out: The folder to write to.

    Returns:
        The crops and pixels of all frames.
    """
    use, labels = segmenters[0].use, segmenters[0].labels
    tally = Tally()
    images = (read_image(frame.image) for frame in tqdm(frames, desc="labelling", unit="frame", mininterval=1.0))
    # Segmenters return scores in this order.
    ordered = [sorted(frame_faces, key=lambda face: face.score) for frame_faces in faces]
    tasks = zip(frames, images, ordered, strict=True)
    for batch in batches(tasks, use.input.batch_size, image=itemgetter(1)):
        batch_frames, batch_images, batch_faces = zip(*batch, strict=True)
        with error_context(f"{batch_frames[0].image} to {batch_frames[-1].image}"):
            scored = [segmenter.scores(batch_images, batch_faces) for segmenter in segmenters]
            for frame, image, frame_faces, *members in zip(
                batch_frames, batch_images, batch_faces, *scored, strict=True
            ):
                name = f"{frame.clip}_{frame.name}"
                written = write_pseudo_crops(
                    image, frame_faces, members, threshold, use.crop, context, max_size, labels, out, name
                )
                tally = tally.with_more(written)
    return tally


def _in_frame(shape: tuple[int, ...], label_map: np.ndarray, trusted: np.ndarray, place: Square) -> np.ndarray:
    """A face's labels in the frame, (H, W) uint8; UNSURE where they are not trusted and outside the square."""
    frame = np.zeros(shape, np.uint8)
    paste(frame, np.where(trusted, label_map + 1, 0).astype(np.uint8), place)  # paste skips zeros
    return np.where(frame, frame - 1, UNSURE).astype(np.uint8)


def _pixels(classes: np.ndarray) -> np.ndarray:
    return np.bincount(classes.ravel(), minlength=256)
