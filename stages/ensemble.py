"""Make one prediction out of the models' predictions, by vote."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from stages.clips.label_maps import list_clips, list_frames, read_alike
from stages.clips.labels import LabelTable, read_labels
from stages.clips.layout import write_label_map
from stages.fusion.scores import compose, mean_of, read_faces_alike
from stages.fusion.vote import vote
from stages.parameters.predictions import Ensemble
from stages.parameters.reading import read
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each

PARAMETERS = {"ensemble": Ensemble}
LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
PROBABILITIES = Path("data/probabilities")
ENSEMBLE = PREDICTIONS / "ensemble"


def main() -> None:
    """Write data/predictions/ensemble."""
    parameters = read("ensemble", Ensemble)
    labels = read_labels(LABELS)
    clips = sorted({clip for member in parameters.members for clip in list_clips(PREDICTIONS / member)})
    soft = parameters.vote == "soft"
    with whole_directory(ENSEMBLE) as folder:
        work = partial(vote_clip, members=parameters.members, soft=soft, folder=folder, labels=labels)
        frames = sum(each(work, clips, "ensemble"))
    members = ", ".join(parameters.members)
    print(f"{frames} frames of {len(clips)} clips, {parameters.vote} vote of {members}: {ENSEMBLE}")


def vote_clip(clip: str, members: Sequence[str], soft: bool, folder: Path, labels: LabelTable) -> int:
    """Vote on every frame of a clip; returns their number."""
    predictions = [PREDICTIONS / member for member in members]
    frames = list_frames(predictions, clip)
    for frame in frames:
        label_maps = read_alike([prediction / clip / f"{frame}.png" for prediction in predictions])
        if soft:
            paths = [PROBABILITIES / member / clip / f"{frame}.npz" for member in members]
            voted = compose(label_maps[0].shape, mean_of(read_faces_alike(paths)))
        else:
            voted = vote(label_maps)
        write_label_map(folder / clip / f"{frame}.png", voted, labels)
    return len(frames)


if __name__ == "__main__":
    run(main)
