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
from stages.sources import celebamask_hq, davis, face_synthetics, helen, lapa, sfp
from stages.sources.checksums import write_checksums
from stages.sources.frame import SourceFrame
from stages.sources.intake import bring_in_clip
from stages.sources.synthetic import clip_name, write_clip
from stages.synthetic.video import CLASSES

PARAMETERS = {"data": Data, "synthetic": Synthetic}
LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
CHECKSUMS = Path("data/checksums")
SOURCES = {
    "davis": davis,
    "sfp": sfp,
    "celebamask_hq": celebamask_hq,
    "face_synthetics": face_synthetics,
    "helen": helen,
    "lapa": lapa,
}


def main() -> None:
    """Write data/clips, and the checksums of its files."""
    data, synthetic = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    with whole_directory(CLIPS) as folder, whole_directory(CHECKSUMS) as checksums:
        frames = render(synthetic, labels, folder) if data.source == "synthetic" else bring_in(data, labels, folder)
        write_checksums(folder, checksums)
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


def bring_in(data: Data, labels: LabelTable, folder: Path) -> int:
    """Check every frame that the source holds and bring it into ``folder``. Returns the number of frames.

    Raises:
        UserError: there are faults, and they are not to be skipped (the message lists them all, one a line); or a split
            is left without a clip.
    """
    root = Path(data.root or "")
    listing = SOURCES[data.source].find(root, data.split)
    faults = list(listing.faults)
    clips: dict[str, list[SourceFrame]] = {}
    for frame in listing.frames:
        clip = clips.setdefault(frame.clip, [])
        if clip and clip[0].split != frame.split:
            faults.append(f"{frame.image}: clip {frame.clip} is in {clip[0].split} too; expected it in one split")
        else:
            clip.append(frame)
    bring = partial(bring_in_clip, root=root, labels=labels, folder=folder, animated=data.animate, seed=data.split.seed)
    written = {split: [] for split in SPLITS}
    total = 0
    for (clip, frames), (number, of_clip) in zip(clips.items(), each(bring, clips.values(), "reading"), strict=True):
        faults += of_clip
        total += number
        if number:
            written[frames[0].split].append(clip)
    if faults and data.on_fault == "stop":
        raise UserError("\n".join([*faults, f"{len(faults)} faults; data.on_fault=skip leaves what is at fault out"]))
    for fault in faults:
        print(f"left out: {fault}")
    for split, names in written.items():
        if not names:
            raise UserError(f"{root}: no clip for {split}; expected a folder as the source {data.source} lays it out")
        write_split(folder, split, names)
    print(f"{len(faults)} faults left out")
    return total


if __name__ == "__main__":
    run(main)
