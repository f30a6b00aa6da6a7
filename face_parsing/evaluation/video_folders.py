"""What a viewer sees of folders of label maps, clip by clip."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from face_parsing.evaluation.video import (
    Flow,
    PixelCounts,
    VideoFrame,
    VideoScore,
    VideoScores,
    score_video,
    summarise_video,
)
from face_parsing.pipeline.clips import Frame, frames_of
from face_parsing.pipeline.entry import working_on
from face_parsing.pipeline.flow_files import read_flow
from face_parsing.pipeline.label_maps import check_classes, check_size, list_frames, read_alike
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import read_image


def score_videos(
    clips: Path, predictions: Mapping[str, Path], names: Sequence[str], labels: LabelTable
) -> dict[str, VideoScores]:
    """Score every prediction of clips; by the predictions' names the scores, the clips in their order.

    Args:
        clips: A folder in the clip layout. A clip has a flow file for every frame but its last, or none.
        predictions: By name, <clip>/<frame>.png.
        names: Of the clips that count.
        labels: The classes that may occur.

    Raises:
        UserError: a file is missing, unreadable, of another size than the truth's or of an unknown class.
    """
    work = partial(_score_one, clips=clips, predictions=predictions, labels=labels)
    scores = {name: VideoScores() for name in predictions}
    for of_clip in each(work, names, "score video"):
        for name, of_model in of_clip.items():
            scores[name].add(*of_model)
    return scores


def video_numbers(scores: VideoScores) -> dict[str, float | None]:
    """The numbers of :func:`face_parsing.evaluation.video.summarise_video`, to 6 decimals."""
    numbers = summarise_video(scores)
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}


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
        with working_on(frame.annotation):
            truth, *label_maps = read_alike(paths)
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
