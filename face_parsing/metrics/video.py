"""Video metrics of a prediction, beside the seven of DAVIS: flicker, and metrics that other papers report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.metrics.boundary_iou import band_width, boundary_iou
from face_parsing.metrics.flicker import COUNTS, GROUPS, changes, estimate, unchanged_points
from face_parsing.metrics.region import confusion_matrix, region_similarity

Flow = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class VideoFrame:
    """A frame of a clip: its ground truth, predictions and image, and the optical flow to the next frame.

    Attributes:
        truth: The ground truth, (H, W) uint8. Pixels with 255 are ignored.
        predictions: The predictions by model, (H, W) uint8 each.
        image: (H, W, 3) uint8 BGR.
        flow: The ground-truth flow to the next frame and where it is valid. None in the last frame, and if the clip has
            no flow.
    """

    truth: np.ndarray
    predictions: Mapping[str, np.ndarray]
    image: np.ndarray
    flow: Flow | None


@dataclass(frozen=True)
class VideoScore:
    """The score of one model's prediction of a clip with T frames and C classes in its ground truth.

    Attributes:
        clip: The clip's name.
        classes: The C ids in ascending order, without the background.
        j: J of each class, (C,) float64, averaged over frames.
        boundary: Boundary IoU of each class, (C,) float64, averaged over frames.
        over_time: (T - 1, 3) int64: the counts of :func:`face_parsing.metrics.flicker.changes` for each pair of
            neighbouring frames, summed over all classes but the background.
        estimated: (T - 1, 2) int64: with estimated flow, the points predicted as face, and those that change class.
    """

    clip: str
    classes: tuple[int, ...]
    j: np.ndarray
    boundary: np.ndarray
    over_time: np.ndarray
    estimated: np.ndarray


class PixelCounts:
    """Pixel counts of one model's prediction, summed over one or more clips.

    Attributes:
        areas: (256, 3) int64: by class, the right pixels, those of the ground truth and those of the prediction. The
            background is counted only within the faces' bounding box.
        swapped: (2,) int64: the pixels of mirror partners that are predicted as either of the two, and those predicted
            as the wrong one.
        flicker: (256, 3, 2, 3) int64, summed over all pairs of neighbouring frames; see
            :func:`face_parsing.metrics.flicker.changes`. All 0 without ground-truth flow.
    """

    def __init__(self) -> None:
        self.areas = np.zeros((256, 3), int)
        self.swapped = np.zeros(2, int)
        self.flicker = np.zeros((*GROUPS, len(COUNTS)), int)

    def add(self, other: "PixelCounts") -> None:
        """Add another clip's counts."""
        self.areas += other.areas
        self.swapped += other.swapped
        self.flicker += other.flicker


@dataclass(frozen=True)
class VideoScores:
    """The scores of one model's prediction of many clips, and the sum of their counts.

    A clip's counts take 40 kB, so keeping them for 100,000 clips would fill the memory.
    """

    clips: list[VideoScore] = field(default_factory=list)
    counts: PixelCounts = field(default_factory=PixelCounts)

    def add(self, score: VideoScore, counts: PixelCounts) -> None:
        """Add a clip's score and counts."""
        self.clips.append(score)
        self.counts.add(counts)


def score_video(
    clip: str, frames: Iterable[VideoFrame], pairs: Sequence[tuple[int, int]] = ()
) -> dict[str, tuple[VideoScore, PixelCounts]]:
    """Score every prediction of a clip; return the scores and counts by model.

    Args:
        clip: The clip's name.
        frames: At least one frame, in order, all with the same models.
        pairs: Pairs of class ids that are mirror partners.
    """
    tallies: dict[str, _Tally] = {}
    before: VideoFrame | None = None
    for frame in frames:
        for model, prediction in frame.predictions.items():
            tallies.setdefault(model, _Tally()).count(frame.truth, prediction, pairs)
        if before is not None:
            for model, (counts, estimate) in _between(before, frame):
                tallies[model].count_changes(counts, estimate)
        before = frame
    return {model: tally.score(clip) for model, tally in tallies.items()}


def _between(before: VideoFrame, after: VideoFrame) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Yield by model the counts of changes between two frames, with ground-truth and with estimated flow."""
    points = None if before.flow is None else unchanged_points(before.truth, after.truth, *before.flow)
    estimates = estimate((before.image, after.image), before.predictions, after.predictions)
    for model, first in before.predictions.items():
        second = after.predictions[model]
        counts = np.zeros((*GROUPS, len(COUNTS)), int) if points is None else changes(points, first, second)
        yield model, (counts, estimates[model])


class _Tally:
    """Accumulates the counts of one model's prediction over a clip's frames."""

    def __init__(self) -> None:
        self.rows: list[tuple[np.ndarray, np.ndarray]] = []
        self.counts = PixelCounts()
        self.over_time: list[np.ndarray] = []
        self.estimated: list[np.ndarray] = []

    def count(self, truth: np.ndarray, prediction: np.ndarray, pairs: Sequence[tuple[int, int]]) -> None:
        ignored = truth == IGNORE_INDEX
        if ignored.any():
            truth, prediction = (np.where(ignored, np.uint8(0), label_map) for label_map in (truth, prediction))
        x, y, width, height = cv2.boundingRect(truth | prediction)
        face = np.s_[y : y + height, x : x + width]
        confusion = confusion_matrix(truth[face], prediction[face])
        self.rows.append((region_similarity(confusion), boundary_iou(truth, prediction, band_width(truth.shape))))
        self.counts.areas += np.stack([confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)], axis=1)
        for a, b in pairs:
            wrong = confusion[a, b] + confusion[b, a]
            self.counts.swapped += (confusion[a, a] + confusion[b, b] + wrong, wrong)

    def count_changes(self, counts: np.ndarray, estimate: np.ndarray) -> None:
        self.counts.flicker += counts
        self.over_time.append(counts[1:].sum(axis=(0, 1, 2)))
        self.estimated.append(estimate)

    def score(self, clip: str) -> tuple[VideoScore, PixelCounts]:
        present = self.counts.areas[:, 1] > 0
        present[0] = False
        j, boundary = np.mean(self.rows, axis=0)[:, present]
        score = VideoScore(
            clip,
            tuple(np.flatnonzero(present).tolist()),
            j,
            boundary,
            np.array(self.over_time, int).reshape(-1, len(COUNTS)),
            np.array(self.estimated, int).reshape(-1, 2),
        )
        return score, self.counts


def summarise_video(scores: VideoScores) -> dict[str, float | None]:
    """Compute the video metrics of a prediction; a metric is None if nothing was counted for it.

    ``flicker`` is the share of points whose predicted class changes between two neighbouring frames. It counts the
    face's points that are visible in both with the same true class. ``half_right`` is the share of these points that
    are right in only one of the two frames. Both are exact, use the renderer's optical flow and average over clips.
    ``estimated_flicker`` is the share of points predicted as face whose class changes, with estimated flow. It needs no
    ground truth.

    ``mean_F1`` and ``mIoU`` average over the classes without the background, over all clips' pixels, as published for
    LaPa (Liu et al., AAAI 2020) and CelebAMask-HQ. ``boundary_IoU`` averages over (clip, class) pairs, as J does.
    ``worst_J`` is the lowest J of a class, averaged over clips. ``swapped`` is the share of the pixels of left and
    right classes that are predicted as the wrong one of the two.
    """
    areas = scores.counts.areas[1:]
    right, truth, prediction = areas[areas[:, 1] > 0].T
    by_class: dict[int, list[float]] = {i: [] for score in scores.clips for i in score.classes}
    for score in scores.clips:
        for i, j in zip(score.classes, score.j, strict=True):
            by_class[i].append(j)
    in_pairs, swapped = scores.counts.swapped
    totals = [score.over_time.sum(axis=0) for score in scores.clips]
    estimates = [score.estimated.sum(axis=0) for score in scores.clips]
    return {
        "flicker": _mean_share([(changed, points) for points, changed, _ in totals]),
        "half_right": _mean_share([(half_right, points) for points, _, half_right in totals]),
        "estimated_flicker": _mean_share([(changed, points) for points, changed in estimates]),
        "mean_F1": float((2 * right / (truth + prediction)).mean()),
        "mIoU": float((right / (truth + prediction - right)).mean()),
        "boundary_IoU": float(np.concatenate([score.boundary for score in scores.clips]).mean()),
        "worst_J": float(min(np.mean(values) for values in by_class.values())),
        "swapped": _mean_share([(swapped, in_pairs)]),
    }


def _mean_share(counts: Sequence[tuple[int, int]]) -> float | None:
    """Return the mean of shares, each given as (part, whole); shares of zero are ignored."""
    shares = [part / whole for part, whole in counts if whole]
    return float(np.mean(shares)) if shares else None
