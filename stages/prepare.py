"""Bring the source's clips into the clip layout."""

from functools import partial
from pathlib import Path

from stages.clips.labels import LabelTable, read_labels
from stages.clips.layout import SPLITS, read_split, write_split
from stages.parameters.data import Data, Synthetic
from stages.parameters.reading import read
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each
from stages.sources.davis import clip_faults, copy_clip, split_faults
from stages.sources.synthetic import clip_name, write_clip
from stages.synthetic.video import CLASSES

PARAMETERS = {"data": Data, "synthetic": Synthetic}
LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
SHOWN_FAULTS = 20


def main() -> None:
    """Write data/clips."""
    data, synthetic = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    with whole_directory(CLIPS) as folder:
        if data.source == "synthetic":
            frames = render(synthetic, labels, folder)
        else:
            frames = bring_in(Path(data.root or ""), labels, folder)
        counts = ", ".join(f"{len(read_split(folder, split))} {split}" for split in SPLITS)
    print(f"{counts} clips, {frames} frames: {CLIPS}")


def render(parameters: Synthetic, labels: LabelTable, folder: Path) -> int:
    """Render every split; the masks with label errors are listed in label_errors.csv. Returns the number of frames.

    Raises:
        UserError: the label table lacks a class that is drawn.
    """
    missing = [name for name in CLASSES if name not in labels.names]
    if missing:
        raise UserError(
            f"{LABELS}: no class {missing[0]}; expected the classes of configs/labels.yaml, which are drawn"
        )
    clips = parameters.clips
    tasks = [(split, index) for split in SPLITS for index in range(clips.of(split))]
    wrong = list(each(partial(write_clip, parameters, labels, folder), tasks, "rendering"))
    for split in SPLITS:
        write_split(folder, split, [clip_name(split, index) for index in range(clips.of(split))])
    rows = [f"{clip_name(*task)},{frame}\n" for task, frames in zip(tasks, wrong, strict=True) for frame in frames]
    (folder / "label_errors.csv").write_text("clip,frame\n" + "".join(rows), encoding="utf-8")
    return sum(clips.of(split) * parameters.frames.of(split) for split in SPLITS)


def bring_in(root: Path, labels: LabelTable, folder: Path) -> int:
    """Check a folder in the clip layout and copy its clips. Returns the number of frames.

    Raises:
        UserError: there are faults; the message lists the first ones, one a line, and counts the rest.
    """
    faults = split_faults(root)
    if not faults:
        clips = [clip for split in SPLITS for clip in read_split(root, split)]
        faults = [
            fault for found in each(partial(clip_faults, root, labels=labels), clips, "checking") for fault in found
        ]
    if faults:
        more = [f"and {len(faults) - SHOWN_FAULTS} more faults"] if len(faults) > SHOWN_FAULTS else []
        raise UserError("\n".join([*faults[:SHOWN_FAULTS], *more]))
    for split in SPLITS:
        write_split(folder, split, read_split(root, split))
    return sum(copy_clip(root, clip, folder) for clip in clips)


if __name__ == "__main__":
    run(main)
