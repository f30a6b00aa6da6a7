"""From the scores of face crops to a frame's label map, and the score files for a soft vote."""

import zipfile
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_file, check_limit
from face_parsing.geometry.squares import Square, crop_side, merge, paste
from face_parsing.imaging.resizing import resized_labels
from face_parsing.parsing.parameters import Resized

EXPECTED = "probabilities (ensemble.vote: soft)"

# A frame's faces, by ascending detection score: the square and the class scores (classes, s, s) float32 of each.
ScoredFaces = list[tuple[Square, np.ndarray]]


class Prediction(NamedTuple):
    """One model's prediction of a frame: its label map (H, W) uint8, and the class scores of its faces."""

    label_map: np.ndarray
    scores: ScoredFaces


def composite(shape: tuple[int, ...], faces: ScoredFaces, resize: Resized = "logits") -> np.ndarray:
    """Compose a frame's label map from the scores of its faces.

    Args:
        shape: H, W.
        faces: Each face's square and class scores (classes, s, s); where two overlap, the later one wins.
        resize: What is resized to the square: ``logits``, bilinearly, or ``labels``, by nearest neighbour.

    Returns:
        (H, W) uint8, background outside of all faces.
    """
    resized = upsampled_argmax if resize == "logits" else nearest_argmax
    label_map = np.zeros(shape, np.uint8)
    for square, scores in faces:
        paste(label_map, resized(scores, crop_side(square)), square)
    return label_map


def probability_map(shape: tuple[int, ...], faces: ScoredFaces, label: int) -> np.ndarray:
    """A frame's probabilities of one class, from those of its faces.

    Args:
        shape: H, W.
        faces: Each face's square and class probabilities (classes, s, s), from 0 to 1.
        label: The class's id.

    Returns:
        (H, W) float32: outside of all faces 1 for the background and 0 for a part. Where two faces overlap, a part has
        the higher probability, and the background the lower one.
    """
    chosen, outside = (np.minimum, 1.0) if label == 0 else (np.maximum, 0.0)
    frame = np.full(shape, outside, np.float32)
    for place, probabilities in faces:
        side = crop_side(place)
        merge(frame, cv2.resize(probabilities[label], (side, side)), place, chosen)
    return frame


def nearest_argmax(scores: np.ndarray, side: int) -> np.ndarray:
    """Classes (side, side) uint8 of the highest scores (classes, s, s), resized by nearest neighbour."""
    return resized_labels(scores.argmax(axis=0).astype(np.uint8), (side, side))


def upsampled_argmax(scores: np.ndarray, side: int) -> np.ndarray:
    """Upsample scores bilinearly and give each pixel the class with the highest score.

    The reverse order, with nearest-neighbour resizing, gives jagged boundaries and cost the paper's authors a point.
    Classes are upsampled one at a time, so that memory does not grow with their number.

    Args:
        scores: (classes, s, s) float32, logits or probabilities.
        side: Side of the result in pixels.

    Returns:
        (side, side) uint8; a tie goes to the lowest class.
    """
    highest = cv2.resize(scores[0], (side, side))
    label_map = np.zeros((side, side), np.uint8)
    for label in range(1, len(scores)):
        score = cv2.resize(scores[label], (side, side))
        label_map[score > highest] = label
        np.maximum(highest, score, out=highest)
    return label_map


def mean_of(members: Sequence[ScoredFaces]) -> ScoredFaces:
    """The mean of several members' scores of each face, at the highest of their resolutions.

    All members have the same faces in the same order.
    """
    faces = []
    for member_faces in zip(*members, strict=True):
        side = max(scores.shape[1] for _, scores in member_faces)
        resized = [[cv2.resize(score, (side, side)) for score in scores] for _, scores in member_faces]
        faces.append((member_faces[0][0], np.mean(resized, axis=0)))
    return faces


def in_steps(faces: ScoredFaces) -> ScoredFaces:
    """Quantize probabilities to steps of 1 / 255, as in files, so that a vote is the same with and without files."""
    return [(square, np.rint(255 * probabilities)) for square, probabilities in faces]


def write_steps(path: Path, faces: ScoredFaces) -> None:
    """Write the probabilities of a frame's faces, quantized by :func:`in_steps`, as a compressed .npz file."""
    arrays: dict[str, Any] = {f"{i}_{s.x}_{s.y}_{s.side}": steps.astype(np.uint8) for i, (s, steps) in enumerate(faces)}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def read_faces_alike(paths: Sequence[Path]) -> list[ScoredFaces]:
    """Read several members' probabilities of one frame, as written by :func:`write_steps`.

    Raises:
        PipelineError: A file is missing, invalid, or has other faces than the first one.
    """
    members = [_read_faces(path) for path in paths]
    for path, faces in zip(paths, members, strict=True):
        if [(s, len(p)) for s, p in faces] != [(s, len(p)) for s, p in members[0]]:
            raise PipelineError(f"{path}: {len(faces)} faces; expected the same {len(members[0])} as {paths[0]}")
    return members


def _read_faces(path: Path) -> ScoredFaces:
    check_file(path, EXPECTED, "bytes")
    faces = {}
    try:
        with zipfile.ZipFile(path) as archive:
            check_limit(path, sum(entry.file_size for entry in archive.infolist()), "bytes unpacked", "bytes")
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays:
                number, x, y, side = map(int, name.split("_"))
                steps = arrays[name]
                if steps.dtype != np.uint8 or steps.ndim != 3 or steps.shape[1] != steps.shape[2] or side < 1:
                    raise ValueError(f"{name} is {steps.dtype} of shape {steps.shape}")
                faces[number] = Square(x, y, side), steps.astype(np.float32)
    except PipelineError:
        raise
    except Exception as error:  # NumPy's reader raises many kinds of errors for invalid files
        raise PipelineError(f"{path}: no probabilities ({' '.join(str(error).split())}); expected {EXPECTED}") from None
    return [face for _, face in sorted(faces.items(), key=itemgetter(0))]
