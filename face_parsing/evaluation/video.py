"""What a viewer sees of a prediction, beside the seven numbers: its flicker, and the measures that others report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from face_parsing.evaluation.boundary_iou import band_width, boundary_iou
from face_parsing.evaluation.flicker import COUNTS, GROUPS, changes, estimate, unchanged_points
from face_parsing.evaluation.region import confusion_matrix, region_similarity
from face_parsing.pipeline.labels import IGNORE_INDEX

Flow = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class VideoFrame:
    """A frame of a clip: its truth and predictions by model, (H, W) uint8 each, and the way to the next frame.

    Attributes:
        truth: Its 255 counts for nobody.
        predictions: By model.
        image: (H, W, 3) uint8 BGR.
        flow: The true optical flow to the next frame and where there is one; None in the last frame, and where the
            clip has none.
    """

    truth: np.ndarray
    predictions: Mapping[str, np.ndarray]
    image: np.ndarray
    flow: Flow | None


@dataclass(frozen=True)
class VideoScore:
    """Of one model's prediction of a clip of T frames with C classes in its truth.

    Attributes:
        clip: Its name.
        classes: The C ids, ascending, without the background.
        j: (C,) float64, the mean over frames.
        boundary: Boundary IoU, likewise.
        over_time: (T - 1, 3) int64: of each pair of neighbouring frames what changes (see
            :func:`face_parsing.evaluation.flicker.changes`), of all classes but the background.
        estimated: (T - 1, 2) int64: by estimated flow the points of what is predicted as a face, and those that change.
    """

    clip: str
    classes: tuple[int, ...]
    j: np.ndarray
    boundary: np.ndarray
    over_time: np.ndarray
    estimated: np.ndarray


class PixelCounts:
    """What is counted of one model's prediction of a clip, or of several.

    Attributes:
        areas: (256, 3) int64: pixels that are right, of the truth and of the prediction, by class; the background's
            are those among the faces.
        swapped: (2,) int64: pixels of classes with a mirror partner that are given to one of the two, and to the wrong
            one.
        flicker: (256, 3, 2, 3) int64, of all pairs of neighbouring frames; see
            :func:`face_parsing.evaluation.flicker.changes`. All 0 where there is no true flow.
    """

    def __init__(self) -> None:
        self.areas = np.zeros((256, 3), int)
        self.swapped = np.zeros(2, int)
        self.flicker = np.zeros((*GROUPS, len(COUNTS)), int)

    def add(self, other: "PixelCounts") -> None:
        """Add another clip's."""
        self.areas += other.areas
        self.swapped += other.swapped
        self.flicker += other.flicker


@dataclass(frozen=True)
class VideoScores:
    """Of one model's prediction of many clips: the score of each, and what is counted of all together.

    A clip's counts take 40 kB; those of a hundred thousand clips would fill the memory.
    """

    clips: list[VideoScore] = field(default_factory=list)
    counts: PixelCounts = field(default_factory=PixelCounts)

    def add(self, score: VideoScore, counts: PixelCounts) -> None:
        """Add a clip."""
        self.clips.append(score)
        self.counts.add(counts)


def score_video(
    clip: str, frames: Iterable[VideoFrame], pairs: Sequence[tuple[int, int]] = ()
) -> dict[str, tuple[VideoScore, PixelCounts]]:
    """Score every prediction of a clip; by model.

    Args:
        clip: Its name.
        frames: In order, one at least, all with the same models.
        pairs: Pairs of ids that are each other's mirror partners.
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
    """What changes between two frames, by model."""
    points = None if before.flow is None else unchanged_points(before.truth, after.truth, *before.flow)
    estimates = estimate((before.image, after.image), before.predictions, after.predictions)
    for model, first in before.predictions.items():
        second = after.predictions[model]
        counts = np.zeros((*GROUPS, len(COUNTS)), int) if points is None else changes(points, first, second)
        yield model, (counts, estimates[model])


class _Tally:
    """What is counted of one model's prediction, frame after frame."""

    def __init__(self) -> None:
        self.rows: list[tuple[np.ndarray, np.ndarray]] = []
        self.counts = PixelCounts()
        self.over_time: list[np.ndarray] = []
        self.estimated: list[np.ndarray] = []

    def count(self, truth: np.ndarray, prediction: np.ndarray, pairs: Sequence[tuple[int, int]]) -> None:
        ignored = truth == IGNORE_INDEX
        if ignored.any():
            truth, prediction = (np.where(ignored, np.uint8(0), each) for each in (truth, prediction))
        x, y, width, height = cv2.boundingRect(truth | prediction)
        face = np.s_[y : y + height, x : x + width]
        confusion = confusion_matrix(truth[face], prediction[face])
        self.rows.append((region_similarity(confusion), boundary_iou(truth, prediction, band_width(truth.shape))))
        self.counts.areas += np.stack([confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)], axis=1)
        for one, other in pairs:
            wrong = confusion[one, other] + confusion[other, one]
            self.counts.swapped += (confusion[one, one] + confusion[other, other] + wrong, wrong)

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
    """What is reported of a prediction beside the seven numbers; None where nothing counts.

    ``flicker`` is the share of the face's points, seen in two neighbouring frames with the same true class, whose
    predicted class changes; ``half_right`` that of the points that are right in one of the two frames. Both are means
    over clips, exact, by the renderer's optical flow. ``estimated_flicker`` is the share of the points predicted as a
    face whose class changes, by estimated flow: it needs no truth.

    ``mean_F1`` and ``mIoU`` are means over the classes without the background, each of all clips' pixels, as LaPa (Liu
    et al., AAAI 2020) and CelebAMask-HQ are reported. ``boundary_IoU`` is a mean over (clip, class) pairs, as J is.
    ``worst_J`` is the J of the class that has the lowest, its mean over clips. ``swapped`` is the share of the pixels
    of classes that come as left and right which are given to the wrong one of the two.
    """
    areas = scores.counts.areas[1:]
    right, truth, prediction = areas[areas[:, 1] > 0].T
    by_class: dict[int, list[float]] = {i: [] for score in scores.clips for i in score.classes}
    for score in scores.clips:
        for i, j in zip(score.classes, score.j, strict=True):
            by_class[i].append(j)
    in_pairs, swapped = scores.counts.swapped
    of_clips = [score.over_time.sum(axis=0) for score in scores.clips]
    estimates = [score.estimated.sum(axis=0) for score in scores.clips]
    return {
        "flicker": _mean_share([(changed, points) for points, changed, _ in of_clips]),
        "half_right": _mean_share([(half_right, points) for points, _, half_right in of_clips]),
        "estimated_flicker": _mean_share([(changed, points) for points, changed in estimates]),
        "mean_F1": float((2 * right / (truth + prediction)).mean()),
        "mIoU": float((right / (truth + prediction - right)).mean()),
        "boundary_IoU": float(np.concatenate([score.boundary for score in scores.clips]).mean()),
        "worst_J": float(min(np.mean(values) for values in by_class.values())),
        "swapped": _mean_share([(swapped, in_pairs)]),
    }


def _mean_share(counts: Sequence[tuple[int, int]]) -> float | None:
    """The mean of shares, each given as (part, whole), of those that are of something."""
    shares = [part / whole for part, whole in counts if whole]
    return float(np.mean(shares)) if shares else None
