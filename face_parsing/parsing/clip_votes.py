"""Voting on clips: from folders of several models' predictions to label maps."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from face_parsing.clips.label_maps import list_frames, read_alike
from face_parsing.clips.layout import frames_of
from face_parsing.core.errors import error_context
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import Prediction, read_faces_alike
from face_parsing.parsing.parameters import Ensemble, TemporalSmoothing
from face_parsing.parsing.temporal_smoothing import smooth_votes
from face_parsing.parsing.vote import vote


def vote_clip(
    clip: str,
    clips: Path,
    predictions: Path,
    ensemble: Ensemble,
    smoothing: TemporalSmoothing,
    pad_value: int,
    labels: LabelTable,
    out: Path,
) -> int:
    """Vote on every frame of a clip, write <out>/<clip>/<frame>.png, and return the number of frames.

    Args:
        clip: The clip's name.
        clips: A folder in the clip layout.
        predictions: The folder that holds a folder of predictions for each member.
        ensemble: The members and the kind of vote.
        smoothing: The temporal smoothing of the vote.
        pad_value: Gray value of crops outside the frame.
        labels: The label table, for the label maps' colours.
        out: The folder to write to.

    Raises:
        PipelineError: An image or prediction is missing or invalid, or the predictions do not match.
    """
    folders = [predictions / member for member in ensemble.members]
    frames = list_frames(folders, clip)
    with error_context(f"clip {clip}"):
        votes = _votes(clip, clips, folders, frames, ensemble, smoothing, pad_value)
        for frame, label_map in zip(frames, votes, strict=True):
            write_label_map(out / clip / f"{frame}.png", label_map, labels)
    return len(frames)


def _votes(
    clip: str,
    clips: Path,
    folders: list[Path],
    frames: list[str],
    ensemble: Ensemble,
    smoothing: TemporalSmoothing,
    pad_value: int,
) -> Iterator[np.ndarray]:
    predictions = (read_predictions(folders, clip, frame, ensemble) for frame in frames)
    if smoothing.mode == "none":
        for frame in frames:
            with error_context(f"clip {clip}, frame {frame}"):
                voted = vote(next(predictions), ensemble.vote)
            yield voted.label_map
        return
    images = {frame.name: frame.image for frame in frames_of(clips, clip)}
    pairs = ((read_image(images[frame]), members) for frame, members in zip(frames, predictions, strict=True))
    yield from (voted.label_map for _, voted in smooth_votes(pairs, smoothing, pad_value))


def read_predictions(folders: list[Path], clip: str, frame: str, ensemble: Ensemble) -> list[Prediction]:
    """Read the members' predictions of a frame, with scores for a soft vote."""
    files = [folder / clip / f"{frame}.png" for folder in folders]
    label_maps = read_alike(files)
    if ensemble.vote == "hard":
        return [Prediction(label_map, []) for label_map in label_maps]
    scores = read_faces_alike([file.with_suffix(".npz") for file in files])
    return [Prediction(*prediction) for prediction in zip(label_maps, scores, strict=True)]
