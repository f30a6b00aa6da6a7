"""The source ``davis``: a folder that is already in the clip layout."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stages.clips.label_maps import check_size
from stages.clips.labels import IGNORE_INDEX, LabelTable
from stages.clips.layout import SPLITS, Frame, frames_of, read_image, read_label_map, read_split
from stages.pipeline.entry import UserError


def split_faults(root: Path) -> list[str]:
    """What is wrong with the splits of a folder: one missing or empty, or a clip in two of them."""
    faults: list[str] = []
    split_of: dict[str, str] = {}
    for split in SPLITS:
        try:
            clips = read_split(root, split)
        except UserError as fault:
            faults.append(str(fault))
            continue
        path = root / "ImageSets" / f"{split}.txt"
        if not clips:
            faults.append(f"{path}: empty; expected at least one clip")
        for clip in clips:
            if clip in split_of:
                faults.append(f"{path}: clip {clip} is in {split_of[clip]} too; expected it once")
            if Path(clip).name != clip:
                faults.append(f"{path}: {clip!r} is no clip name; expected a folder of JPEGImages")
            split_of.setdefault(clip, split)
    return faults


def clip_faults(root: Path, clip: str, labels: LabelTable) -> list[str]:
    """What is wrong with the frames of a clip: unreadable or missing files, sizes that differ, unknown classes."""
    try:
        frames = frames_of(root, clip)
    except UserError as fault:
        return [str(fault)]
    names = [frame.name for frame in frames]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [f"{root / 'JPEGImages' / clip}: frame {name} stands twice; expected one image a frame" for name in twice]
    return faults + [fault for frame in frames for fault in _frame_faults(frame, labels)]


def _frame_faults(frame: Frame, labels: LabelTable) -> Iterator[str]:
    try:
        image, label_map = read_image(frame.image), read_label_map(frame.annotation)
        check_size(frame.annotation, label_map, frame.image, image)
    except UserError as fault:
        yield str(fault)
        return
    unknown = sorted(set(np.unique(label_map).tolist()) - {*labels.ids, IGNORE_INDEX})
    if unknown:
        yield f"{frame.annotation}: unknown class {unknown[0]}; expected ids of the label table, or {IGNORE_INDEX}"


def copy_clip(root: Path, clip: str, folder: Path) -> int:
    """Copy a clip's images and annotations into ``folder``; returns the number of frames.

    No hard links: DVC's cache would share them, and make the user's own files read-only.
    """
    frames = frames_of(root, clip)
    for frame in frames:
        for file in (frame.image, frame.annotation):
            target = folder / file.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return len(frames)
