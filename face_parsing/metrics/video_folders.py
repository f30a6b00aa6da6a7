"""Video metrics of folders of label maps, computed clip by clip."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from face_parsing.clips.label_maps import list_frames, read_alike
from face_parsing.clips.layout import Frame, frames_of
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import error_context
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.imaging.label_maps import check_classes, check_size
from face_parsing.imaging.pictures import read_image
from face_parsing.metrics.video import (
    Flow,
    PixelCounts,
    VideoFrame,
    VideoScore,
    VideoScores,
    score_video,
    summarise_video,
)
from face_parsing.motion.flow_files import read_flow


def score_videos(
    clips: Path, predictions: Mapping[str, Path], names: Sequence[str], labels: LabelTable
) -> dict[str, VideoScores]:
    """Score every prediction of clips.

    Args:
        clips: A folder in the clip layout. A clip has a flow file for every frame but its last, or no flow.
        predictions: By name, a folder with <clip>/<frame>.png.
        names: The names of the clips to score.
        labels: The classes that may occur.

    Returns:
        The scores by the prediction's name, with the clips in the order of ``names``.

    Raises:
        PipelineError: a file is missing or unreadable, differs in size from the ground truth or has an unknown class.
    """
    work = partial(_score_one, clips=clips, predictions=predictions, labels=labels)
    scores = {name: VideoScores() for name in predictions}
    for clip_scores in parallel_map(work, names, "score video"):
        for name, score_and_counts in clip_scores.items():
            scores[name].add(*score_and_counts)
    return scores


def video_numbers(scores: VideoScores) -> dict[str, float | None]:
    """Return the metrics of :func:`face_parsing.metrics.video.summarise_video`, rounded to 6 decimals."""
    numbers = summarise_video(scores)
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}


def flicker_line(scores: VideoScores, numbers: Mapping[str, float | None]) -> str:
    """Describe a prediction's flicker in one line, and name the clips of one frame, which have none.

    Args:
        scores: The scores of its clips.
        numbers: The metrics of :func:`video_numbers`.
    """
    single = sum(not len(score.over_time) for score in scores.clips)
    if single == len(scores.clips):
        return "no flicker, since every clip has one frame"
    exact, estimate = numbers["flicker"], numbers["estimated_flicker"]
    measured = [
        "no ground-truth flow" if exact is None else f"flicker {exact:.4f}",
        "no tracked points" if estimate is None else f"estimated flicker {estimate:.4f}",
    ]
    if single:
        measured.append(f"without {single} of {len(scores.clips)} clips, which have one frame")
    return ", ".join(measured)


def _score_one(
    clip: str, clips: Path, predictions: Mapping[str, Path], labels: LabelTable
) -> dict[str, tuple[VideoScore, PixelCounts]]:
    return score_video(clip, _read_frames(clip, clips, predictions, labels), labels.mirror_pairs)


def _read_frames(clip: str, clips: Path, predictions: Mapping[str, Path], labels: LabelTable) -> Iterator[VideoFrame]:
    scored = set(list_frames([clips / "Annotations", *predictions.values()], clip))
    frames = [frame for frame in frames_of(clips, clip) if frame.name in scored]
    has_flow = any(frame.flow.exists() for frame in frames)
    for frame, following in pairwise([*frames, None]):
        assert frame is not None
        paths = [frame.annotation, *(folder / clip / f"{frame.name}.png" for folder in predictions.values())]
        with error_context(frame.annotation):
            truth, *label_maps = read_alike(paths, labels)
            for path, label_map in zip(paths, (truth, *label_maps), strict=True):
                check_classes(path, label_map, [*labels.ids, IGNORE_INDEX] if path == paths[0] else labels.ids)
            image = read_image(frame.image)
            check_size(frame.image, image, frame.annotation, truth)
            flow = _flow_of(frame, truth) if has_flow and following is not None else None
        yield VideoFrame(truth, dict(zip(predictions, label_maps, strict=True)), image, flow)


def _flow_of(frame: Frame, truth: np.ndarray) -> Flow:
    flow, valid = read_flow(frame.flow)
    check_size(frame.flow, valid, frame.annotation, truth)
    return flow, valid
