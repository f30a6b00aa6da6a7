"""Make one prediction out of the models' predictions, by hard vote."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from stages.clips.label_maps import list_clips, list_frames, read_alike
from stages.clips.labels import LabelTable, read_labels
from stages.clips.layout import write_label_map
from stages.fusion.vote import vote
from stages.parameters.predictions import Ensemble
from stages.parameters.reading import read
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each

PARAMETERS = {"ensemble": Ensemble}
LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
ENSEMBLE = PREDICTIONS / "ensemble"


def main() -> None:
    """Write data/predictions/ensemble."""
    parameters = read("ensemble", Ensemble)
    labels = read_labels(LABELS)
    members = [PREDICTIONS / member for member in parameters.members]
    clips = sorted({clip for member in members for clip in list_clips(member)})
    with whole_directory(ENSEMBLE) as folder:
        frames = sum(each(partial(vote_clip, members=members, folder=folder, labels=labels), clips, "ensemble"))
    print(f"{frames} frames of {len(clips)} clips voted on by {', '.join(parameters.members)}: {ENSEMBLE}")


def vote_clip(clip: str, members: Sequence[Path], folder: Path, labels: LabelTable) -> int:
    """Vote on every frame of a clip; returns their number."""
    frames = list_frames(members, clip)
    for frame in frames:
        file = f"{clip}/{frame}.png"
        write_label_map(folder / file, vote(read_alike([member / file for member in members])), labels)
    return len(frames)


if __name__ == "__main__":
    run(main)
