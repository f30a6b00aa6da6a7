"""Make one prediction out of the models' predictions, by vote."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.parsing.composing import Prediction, read_faces_alike
from face_parsing.parsing.parameters import Ensemble, Steady
from face_parsing.parsing.steadying import steady_votes
from face_parsing.parsing.vote import vote
from face_parsing.pipeline.clips import frames_of
from face_parsing.pipeline.entry import run, working_on
from face_parsing.pipeline.label_maps import list_clips, list_frames, read_alike
from face_parsing.pipeline.labels import LabelTable, read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import read_image, write_label_map
from face_parsing.pipeline.reading import StageParameters, at

LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
PREDICTIONS = Path("data/predictions")
ENSEMBLE = PREDICTIONS / "ensemble"


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    ensemble: Ensemble = at("ensemble")
    steady: Steady = at("steady")
    pad_value: int = at("crop.pad_value")


def main() -> None:
    """Write data/predictions/ensemble."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    ensemble, steady = parameters.ensemble, parameters.steady.of(parameters.ensemble.vote)
    clips = sorted({clip for member in ensemble.members for clip in list_clips(PREDICTIONS / member)})
    with whole_directory(ENSEMBLE) as folder:
        pad_value = parameters.pad_value
        work = partial(vote_clip, ensemble=ensemble, steady=steady, pad_value=pad_value, folder=folder, labels=labels)
        frames = sum(each(work, clips, "ensemble"))
    members = ", ".join(ensemble.members)
    steadied = "" if steady.mode == "none" else f", steadied ({steady.mode})"
    print(f"{frames} frames of {len(clips)} clips, {ensemble.vote} vote of {members}{steadied}: {ENSEMBLE}")


def vote_clip(clip: str, ensemble: Ensemble, steady: Steady, pad_value: int, folder: Path, labels: LabelTable) -> int:
    """Vote on every frame of a clip; returns their number."""
    frames = list_frames([PREDICTIONS / member for member in ensemble.members], clip)
    with working_on(f"clip {clip}"):
        for frame, voted in zip(frames, _votes(clip, frames, ensemble, steady, pad_value), strict=True):
            write_label_map(folder / clip / f"{frame}.png", voted, labels)
    return len(frames)


def _votes(clip: str, frames: list[str], ensemble: Ensemble, steady: Steady, pad_value: int) -> Iterator[np.ndarray]:
    predictions = (read_predictions(clip, frame, ensemble) for frame in frames)
    if steady.mode == "none":
        for frame in frames:
            with working_on(f"clip {clip}, frame {frame}"):
                voted = vote(next(predictions), ensemble.vote)
            yield voted
        return
    images = {frame.name: frame.image for frame in frames_of(CLIPS, clip)}
    seen = ((read_image(images[frame]), of_frame) for frame, of_frame in zip(frames, predictions, strict=True))
    yield from (label_map for _, label_map in steady_votes(seen, steady, pad_value))


def read_predictions(clip: str, frame: str, ensemble: Ensemble) -> list[Prediction]:
    """The members' predictions of a frame; scores only where they count."""
    paths = [PREDICTIONS / member / clip / f"{frame}.png" for member in ensemble.members]
    label_maps = read_alike(paths)
    if ensemble.vote == "hard":
        return [Prediction(label_map, []) for label_map in label_maps]
    scores = read_faces_alike([path.with_suffix(".npz") for path in paths])
    return [Prediction(*prediction) for prediction in zip(label_maps, scores, strict=True)]


if __name__ == "__main__":
    run(main)
