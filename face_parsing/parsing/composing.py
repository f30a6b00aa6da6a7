"""From the scores of faces' crops to a frame's label map, and the files that keep them for a soft vote."""

import zipfile
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from face_parsing.faces.crops import Square, crop_side, paste
from face_parsing.parsing.parameters import Resized
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import check_file, check_limit
from face_parsing.pipeline.resizing import resized_labels

EXPECTED = "probabilities (ensemble.vote: soft)"

# A frame's faces, by ascending trust: each one's square and its scores (classes, s, s) float32.
ScoredFaces = list[tuple[Square, np.ndarray]]


class Prediction(NamedTuple):
    """What one model makes of a frame: the label map (H, W) uint8, and the scores of the faces that it is made of."""

    label_map: np.ndarray
    scores: ScoredFaces


def compose(shape: tuple[int, ...], faces: ScoredFaces, resize: Resized = "logits") -> np.ndarray:
    """The label map (H, W) uint8 of a frame, background outside of all faces.

    Args:
        shape: H, W.
        faces: Each face's square and its scores (classes, s, s), by ascending trust: where two overlap, the last stays.
        resize: what is brought to a square's size, the scores bilinearly, or the labels, each the nearest.
    """
    resized = upsampled_argmax if resize == "logits" else nearest_argmax
    label_map = np.zeros(shape, np.uint8)
    for square, scores in faces:
        paste(label_map, resized(scores, crop_side(square)), square)
    return label_map


def nearest_argmax(scores: np.ndarray, side: int) -> np.ndarray:
    """The class of the highest score, (side, side) uint8, of the nearest of the scores' (classes, s, s) pixels."""
    return resized_labels(scores.argmax(axis=0).astype(np.uint8), (side, side))


def upsampled_argmax(scores: np.ndarray, side: int) -> np.ndarray:
    """The class of the highest score of every pixel, after the scores are upsampled bilinearly.

    The other way round, with nearest-neighbour resizing, is jagged and cost the method's authors a point. Class after
    class, so that memory is that of three images however many classes there are.

    Args:
        scores: (classes, s, s) float32, logits or probabilities.
        side: of the result in pixels.

    Returns:
        (side, side) uint8; the lowest of the classes with equal scores.
    """
    highest = cv2.resize(scores[0], (side, side))
    label_map = np.zeros((side, side), np.uint8)
    for label in range(1, len(scores)):
        score = cv2.resize(scores[label], (side, side))
        label_map[score > highest] = label
        np.maximum(highest, score, out=highest)
    return label_map


def mean_of(members: Sequence[ScoredFaces]) -> ScoredFaces:
    """The mean of several members' scores, face by face, at the highest of their resolutions.

    All have the same faces in the same order.
    """
    faces = []
    for views in zip(*members, strict=True):
        side = max(scores.shape[1] for _, scores in views)
        sized = [[cv2.resize(score, (side, side)) for score in scores] for _, scores in views]
        faces.append((views[0][0], np.mean(sized, axis=0)))
    return faces


def in_steps(faces: ScoredFaces) -> ScoredFaces:
    """Probabilities as numbers of steps of 1 / 255, which is what files keep: so a vote is the same without files."""
    return [(square, np.rint(255 * probabilities)) for square, probabilities in faces]


def write_steps(path: Path, faces: ScoredFaces) -> None:
    """Write the probabilities of a frame's faces, :func:`in_steps`, as a compressed .npz file."""
    arrays: dict[str, Any] = {f"{i}_{s.x}_{s.y}_{s.side}": steps.astype(np.uint8) for i, (s, steps) in enumerate(faces)}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def read_faces_alike(paths: Sequence[Path]) -> list[ScoredFaces]:
    """Read what :func:`write_steps` wrote of one frame for several members.

    Raises:
        UserError: a file is missing, is no such file, or holds other faces than the first.
    """
    members = [_read_faces(path) for path in paths]
    for path, faces in zip(paths, members, strict=True):
        if [(s, len(p)) for s, p in faces] != [(s, len(p)) for s, p in members[0]]:
            raise UserError(f"{path}: {len(faces)} faces; expected the same {len(members[0])} as {paths[0]}")
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
    except UserError:
        raise
    except Exception as error:  # a broken file makes NumPy's reader raise errors of every kind
        raise UserError(f"{path}: no probabilities ({' '.join(str(error).split())}); expected {EXPECTED}") from None
    return [face for _, face in sorted(faces.items(), key=itemgetter(0))]
