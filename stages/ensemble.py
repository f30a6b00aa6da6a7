"""Make one prediction out of the models' predictions, by vote."""

from functools import partial
from pathlib import Path

from face_parsing.parsing.composing import Prediction, read_faces_alike
from face_parsing.parsing.parameters import Ensemble
from face_parsing.parsing.vote import vote
from face_parsing.pipeline.entry import run, working_on
from face_parsing.pipeline.label_maps import list_clips, list_frames, read_alike
from face_parsing.pipeline.labels import LabelTable, read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import write_label_map
from face_parsing.pipeline.reading import StageParameters, at

LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
ENSEMBLE = PREDICTIONS / "ensemble"


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    ensemble: Ensemble = at("ensemble")


def main() -> None:
    """Write data/predictions/ensemble."""
    parameters = Parameters.read().ensemble
    labels = read_labels(LABELS)
    clips = sorted({clip for member in parameters.members for clip in list_clips(PREDICTIONS / member)})
    with whole_directory(ENSEMBLE) as folder:
        work = partial(vote_clip, ensemble=parameters, folder=folder, labels=labels)
        frames = sum(each(work, clips, "ensemble"))
    members = ", ".join(parameters.members)
    print(f"{frames} frames of {len(clips)} clips, {parameters.vote} vote of {members}: {ENSEMBLE}")


def vote_clip(clip: str, ensemble: Ensemble, folder: Path, labels: LabelTable) -> int:
    """Vote on every frame of a clip; returns their number."""
    frames = list_frames([PREDICTIONS / member for member in ensemble.members], clip)
    for frame in frames:
        with working_on(f"clip {clip}, frame {frame}"):
            voted = vote(read_predictions(clip, frame, ensemble), ensemble.vote)
            write_label_map(folder / clip / f"{frame}.png", voted, labels)
    return len(frames)


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
