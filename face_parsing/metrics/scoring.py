"""Scores of clips as in the DAVIS 2017 evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.metrics.boundary import boundary_accuracy, matching_radius
from face_parsing.metrics.region import confusion_matrix, region_similarity
from face_parsing.metrics.statistics import Statistics, clip_statistics

MEASURES = ("J", "F")


@dataclass(frozen=True)
class ClipScore:
    """J and F of C classes in T frames of a clip, and the confusion of P pairs of classes.

    ``classes`` are the C ids in ascending order. ``j`` and ``f`` are (C, T) float64. ``confusion`` is (T, P, 2, 2)
    int64: for each pair, the pixels by class in the ground truth and in the prediction. ``heights`` is (T,) float64:
    the share of the frame's height that the ground truth's classes span.
    """

    clip: str
    frames: tuple[str, ...]
    classes: tuple[int, ...]
    j: np.ndarray
    f: np.ndarray
    confusion: np.ndarray
    heights: np.ndarray

    @property
    def statistics(self) -> list[tuple[int, Statistics, Statistics]]:
        """Each class's id, and the statistics of its J and F."""
        measures = zip(self.classes, self.j, self.f, strict=True)
        return [(i, clip_statistics(j), clip_statistics(f)) for i, j, f in measures]


def score_clip(
    clip: str,
    frames: Iterable[tuple[str, np.ndarray, np.ndarray]],
    classes: Literal["truth", "both"],
    skip_ends: bool,
    pairs: Sequence[tuple[int, int]] = (),
) -> ClipScore:
    """Score a clip as the DAVIS 2017 evaluation does.

    Args:
        clip: The clip's name.
        frames: Name, ground truth and prediction of each frame; both are (H, W) uint8 label maps. Pixels with 255 in
            the ground truth are ignored.
        classes: The classes to score: those in the clip's ground truth (DAVIS), or those in either label map. The
            background is never scored.
        skip_ends: Skip the first and the last frame, as DAVIS's semi-supervised task does. Their classes still count
            as the clip's.
        pairs: Pairs of class ids whose confusion is counted.
    """
    names, rows, confusions, heights = [], [], [], []
    present = np.zeros(256, bool)
    for name, truth, prediction in frames:
        radius, height = matching_radius(truth.shape), len(truth)
        truth, prediction = _counted_region(truth, prediction)
        confusion = confusion_matrix(truth, prediction)
        present |= confusion.any(axis=1)
        if classes == "both":
            present |= confusion.any(axis=0)
        names.append(name)
        rows.append((region_similarity(confusion), boundary_accuracy(truth, prediction, radius)))
        confusions.append([confusion[np.ix_(pair, pair)] for pair in pairs])
        heights.append(cv2.boundingRect(truth)[3] / height)
    counted = slice(1, -1) if skip_ends else slice(None)
    present[0] = False
    ids = np.flatnonzero(present)
    j, f = np.array(rows)[counted].transpose(1, 2, 0)[:, ids]
    shape = (len(names), len(pairs), 2, 2)
    return ClipScore(
        clip,
        tuple(names[counted]),
        tuple(ids.tolist()),
        j,
        f,
        np.array(confusions, int).reshape(shape)[counted],
        np.array(heights)[counted],
    )


def _counted_region(truth: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set ignored pixels to background; cut both label maps to the other classes, with a margin of one pixel."""
    ignored = truth == IGNORE_INDEX
    if ignored.any():
        truth, prediction = np.where(ignored, np.uint8(0), truth), np.where(ignored, np.uint8(0), prediction)
    x, y, width, height = cv2.boundingRect(truth | prediction)
    region = slice(max(y - 1, 0), y + height + 1), slice(max(x - 1, 0), x + width + 1)
    return truth[region], prediction[region]


def summarise(scores: Iterable[ClipScore]) -> tuple[dict[str, float | None], int]:
    """Compute the seven metrics of the DAVIS table, each averaged over all (clip, class) pairs.

    Returns:
        JF, J_mean, J_recall, J_decay, F_mean, F_recall and F_decay; a decay is None if no clip has one. Then the number
        of pairs without decay, whose clips have under four frames.

    Raises:
        ValueError: there is no pair.
    """
    pairs = [(j, f) for score in scores for _, j, f in score.statistics]
    if not pairs:
        raise ValueError("no class in any clip")
    table = np.array(pairs)  # (N, J and F, mean, recall and decay)
    with_decay = table[~np.isnan(table[:, 0, 2])]
    numbers: dict[str, float | None] = {}
    for i, measure in enumerate(MEASURES):
        numbers[f"{measure}_mean"] = float(table[:, i, 0].mean())
        numbers[f"{measure}_recall"] = float(table[:, i, 1].mean())
        numbers[f"{measure}_decay"] = float(with_decay[:, i, 2].mean()) if len(with_decay) else None
    j, f = (float(table[:, i, 0].mean()) for i in range(len(MEASURES)))
    return {"JF": (j + f) / 2, **numbers}, len(table) - len(with_decay)
