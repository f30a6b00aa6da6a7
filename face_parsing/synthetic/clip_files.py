"""Rendered clips in the clip layout, written with their label errors."""

from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.pipeline.clips import SPLITS, write_split
from face_parsing.pipeline.flow_files import write_flow
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import write_jpeg, write_label_map
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.surface import flow_between
from face_parsing.synthetic.video import render_surfaces

QUALITY = 92  # of the JPEG files; worse compression is one of the bad frames' own troubles


def render_clips(parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path) -> int:
    """Render every split below ``folder``; masks with label errors are listed in label_errors.csv there.

    Returns:
        The number of frames.

    Raises:
        UserError: the label table lacks a class that is drawn; see :meth:`LabelTable.id_of`.
    """
    count = clips.count
    tasks = [(split, index) for split in SPLITS for index in range(count.of(split))]
    wrong = list(each(partial(write_clip, parameters, clips, labels, folder), tasks, "rendering"))
    for split in SPLITS:
        write_split(folder, split, [clip_name(split, index) for index in range(count.of(split))])
    rows = [f"{clip_name(*task)},{frame}\n" for task, frames in zip(tasks, wrong, strict=True) for frame in frames]
    (folder / "label_errors.csv").write_text("clip,frame\n" + "".join(rows), encoding="utf-8")
    return sum(count.of(split) * clips.frames.of(split) for split in SPLITS)


def write_clip(
    parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path, clip: tuple[str, int]
) -> list[str]:
    """Render a clip, named by its split and index, into the clip layout.

    In the train split ``parameters.label_errors`` of the masks, each drawn by itself, have left and right swapped. In
    the other splits the optical flow from each frame to the next stands beside them.

    Returns:
        The names of the frames whose masks are wrong.
    """
    split, index = clip
    name = clip_name(split, index)
    # A generator of its own, so that the share of errors does not change the pictures.
    errors = np.random.default_rng([parameters.seed, SPLITS.index(split), index, 1]).random(clips.frames.of(split))
    wrong = []
    before = None
    frames = render_surfaces(draw_script(parameters, clips, split, index), labels)
    for number, (image, label_map, surface) in enumerate(frames):
        frame = f"{number:05d}"
        if split == "train" and errors[number] < parameters.label_errors:
            wrong.append(frame)
            label_map = labels.mirrored[label_map]
        write_jpeg(folder / "JPEGImages" / name / f"{frame}.jpg", image, QUALITY)
        write_label_map(folder / "Annotations" / name / f"{frame}.png", label_map, labels)
        if split != "train" and before is not None:
            write_flow(folder / "Flow" / name / f"{number - 1:05d}.png", *flow_between(before, surface))
        before = surface
    return wrong


def clip_name(split: str, index: int) -> str:
    """The name of a rendered clip."""
    return f"{split}_{index:03d}"
