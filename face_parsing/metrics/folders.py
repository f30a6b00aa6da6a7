"""Scores of folders of label maps, computed clip by clip."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.clips.label_maps import list_frames, read_alike
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError, error_context
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.imaging.label_maps import check_classes, check_same_colors
from face_parsing.metrics.parameters import Score
from face_parsing.metrics.scoring import ClipScore, score_clip, summarise


def score_folders(
    truth: Path, predictions: Mapping[str, Path], clips: Sequence[str], labels: LabelTable | None, parameters: Score
) -> dict[str, list[ClipScore]]:
    """Score every prediction against the ground truth.

    Args:
        truth: the folder of the ground truth, with <clip>/<frame>.png.
        predictions: by name, a folder with the same files.
        clips: the names of the clips to score.
        labels: the classes that may occur; None for any id up to 254.
        parameters: the evaluation's options.

    Returns:
        The clips' scores in the order of ``clips``, by the prediction's name.

    Raises:
        PipelineError: a label map is missing or unreadable, differs in size from the ground truth or has an unknown
            class; or a clip is too short for ``score.skip_ends``.
    """
    tasks = [(folder, clip) for folder in predictions.values() for clip in clips]
    scores = list(parallel_map(partial(_score_one, truth=truth, labels=labels, parameters=parameters), tasks, "score"))
    return {name: scores[i * len(clips) : (i + 1) * len(clips)] for i, name in enumerate(predictions)}


def numbers_of(prediction: Path, scores: Sequence[ClipScore]) -> dict[str, float | None]:
    """Return the seven metrics of :func:`face_parsing.metrics.scoring.summarise`, rounded to 6 decimals.

    Raises:
        PipelineError: every clip's ground truth is background only.
    """
    try:
        numbers, _ = summarise(scores)
    except ValueError as error:
        raise PipelineError(
            f"{prediction}: {error}; expected a clip whose ground truth is not only background"
        ) from None
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}


def summary_of(scores: Sequence[ClipScore]) -> str:
    """Return one line with JF, J and F, and the number of (clip, class) pairs that they average."""
    numbers, without_decay = summarise(scores)
    pairs = sum(len(score.classes) for score in scores)
    note = f", {without_decay} of them without decay (clips under four frames)" if without_decay else ""
    return (
        f"JF {numbers['JF']:.4f}, J {numbers['J_mean']:.4f}, F {numbers['F_mean']:.4f} "
        f"over {pairs} (clip, class) pairs of {len(scores)} clips{note}"
    )


def _score_one(task: tuple[Path, str], truth: Path, labels: LabelTable | None, parameters: Score) -> ClipScore:
    prediction, clip = task
    frames = list_frames([truth, prediction], clip)
    if parameters.skip_ends and len(frames) < 3:
        raise PipelineError(
            f"{truth / clip}: {len(frames)} frames; expected at least 3, because score.skip_ends skips two"
        )
    pairs = labels.mirror_pairs if labels else []
    label_maps = _read_frames(truth / clip, prediction / clip, frames, labels)
    return score_clip(clip, label_maps, parameters.classes, parameters.skip_ends, pairs)


def _read_frames(
    truth: Path, prediction: Path, frames: Sequence[str], labels: LabelTable | None
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    known = labels.ids if labels else range(IGNORE_INDEX)
    for frame in frames:
        paths = truth / f"{frame}.png", prediction / f"{frame}.png"
        with error_context(paths[1]):
            if labels is None:
                check_same_colors(paths[1], paths[0])
            true_map, predicted_map = read_alike(paths, labels)
        check_classes(paths[0], true_map, [*known, IGNORE_INDEX])
        check_classes(paths[1], predicted_map, known)
        yield frame, true_map, predicted_map
