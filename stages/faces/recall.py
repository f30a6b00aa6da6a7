"""How well faces are found: recall, average precision, and the share of the face that its crop holds."""

from collections.abc import Sequence

import numpy as np

from stages.faces.boxes import ious
from stages.faces.crops import Square

IOU_THRESHOLDS = np.arange(50, 100, 5) / 100


def recall(truths: Sequence[np.ndarray], found: Sequence[np.ndarray], iou: float) -> float:
    """The share of true boxes that a found box matches with at least ``iou``, one to one; NaN without true boxes.

    Args:
        truths: of each frame (n, 4) boxes.
        found: of each frame (m, 5) boxes and scores.
    """
    matched = [_matched(t, f[np.argsort(-f[:, 4], kind="stable"), :4], iou) for t, f in zip(truths, found, strict=True)]
    count = sum(map(len, truths))
    return sum(int(m.sum()) for m in matched) / count if count else float("nan")


def average_precision(truths: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> float:
    """COCO's AP of one class: the mean over IoU 0.50 to 0.95 of the precision at 101 recalls; NaN without true boxes.

    Precision is made to never rise with recall, as pycocotools does; the arguments are those of :func:`recall`.
    """
    count = sum(map(len, truths))
    if not count:
        return float("nan")
    found = [f[np.argsort(-f[:, 4], kind="stable")] for f in found]
    order = np.argsort(-np.concatenate([f[:, 4] for f in found]), kind="stable")
    precisions = []
    for iou in IOU_THRESHOLDS:
        hit = np.concatenate([_matched(t, f[:, :4], iou) for t, f in zip(truths, found, strict=True)])[order]
        recalls = hit.cumsum() / count
        precision = hit.cumsum() / np.arange(1, len(hit) + 1)
        precision = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
        precisions.append(precision[np.searchsorted(recalls, np.linspace(0, 1, 101))].mean())
    return float(np.mean(precisions))


def area_in_crops(mask: np.ndarray, squares: Sequence[Square]) -> float:
    """The share of a face mask's (H, W) pixels that lie in any of the squares; NaN without such pixels."""
    rest = mask.copy()
    for square in squares:
        rest[max(square.y, 0) : max(square.y + square.side, 0), max(square.x, 0) : max(square.x + square.side, 0)] = (
            False
        )
    count = np.count_nonzero(mask)
    return 1 - np.count_nonzero(rest) / count if count else float("nan")


def _matched(truths: np.ndarray, found: np.ndarray, iou: float) -> np.ndarray:
    """Which found boxes (m, 4), best first, take a true box: the free one that overlaps most; (m,) bool."""
    overlap = ious(found, truths)
    free = np.ones(len(truths), bool)
    hits = np.zeros(len(found), bool)
    for k, row in enumerate(overlap):
        open_row = np.where(free, row, -1)
        if len(truths) and open_row.max() >= iou:
            free[open_row.argmax()] = False
            hits[k] = True
    return hits
