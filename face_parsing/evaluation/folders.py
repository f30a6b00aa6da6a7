"""Scores of folders of label maps, clip by clip."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.evaluation.parameters import Score
from face_parsing.evaluation.scoring import ClipScore, score_clip, summarise
from face_parsing.pipeline.entry import UserError, working_on
from face_parsing.pipeline.label_maps import check_classes, list_frames, read_alike
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.parallel import each


def score_folders(
    truth: Path, predictions: Mapping[str, Path], clips: Sequence[str], labels: LabelTable | None, parameters: Score
) -> dict[str, list[ClipScore]]:
    """Score every prediction against the truth; by the predictions' names the scores of the clips, in their order.

    Args:
        truth: <clip>/<frame>.png.
        predictions: by name, the same files.
        clips: the names of the clips that count.
        labels: the classes that may occur; None for any ids up to 254.
        parameters: the evaluation's choices.

    Raises:
        UserError: a label map is missing, unreadable, of another size than the truth's or of an unknown class, or a
            clip is too short for what the parameters leave out.
    """
    tasks = [(folder, clip) for folder in predictions.values() for clip in clips]
    done = list(each(partial(_score_one, truth=truth, labels=labels, parameters=parameters), tasks, "score"))
    return {name: done[i * len(clips) : (i + 1) * len(clips)] for i, name in enumerate(predictions)}


def numbers_of(prediction: Path, scores: Sequence[ClipScore]) -> dict[str, float | None]:
    """The seven numbers of :func:`face_parsing.evaluation.scoring.summarise`, to 6 decimals.

    Raises:
        UserError: the truth of no clip holds more than background.
    """
    try:
        numbers, _ = summarise(scores)
    except ValueError as error:
        raise UserError(f"{prediction}: {error}; expected a clip whose truth holds more than background") from None
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}


def summary_of(scores: Sequence[ClipScore]) -> str:
    """JF, J and F in a line, and of how many (clip, class) pairs they are means."""
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
        raise UserError(f"{truth / clip}: {len(frames)} frames; expected 3 or more, for score.skip_ends drops two")
    pairs = labels.mirror_pairs if labels else []
    read = _read_frames(truth / clip, prediction / clip, frames, labels)
    return score_clip(clip, read, parameters.classes, parameters.skip_ends, pairs)


def _read_frames(
    truth: Path, prediction: Path, frames: Sequence[str], labels: LabelTable | None
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    known = labels.ids if labels else range(IGNORE_INDEX)
    for frame in frames:
        paths = truth / f"{frame}.png", prediction / f"{frame}.png"
        with working_on(paths[1]):
            of_truth, of_prediction = read_alike(paths)
        check_classes(paths[0], of_truth, [*known, IGNORE_INDEX])
        check_classes(paths[1], of_prediction, known)
        yield frame, of_truth, of_prediction
