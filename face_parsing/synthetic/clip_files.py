"""Write rendered clips in the clip layout, with deliberate label errors."""

from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.clips.counts import Counts
from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.motion.flow_files import write_flow
from face_parsing.synthetic.camera.surface import flow_between
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.video import render_surfaces

QUALITY = 92  # JPEG quality of all files; stronger compression is one of the defects of bad frames


def render_clips(parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path) -> dict[str, Counts]:
    """Render every split below ``folder`` and list the masks with label errors in its label_errors.csv.

    Returns:
        Numbers of frames and pixels by split.

    Raises:
        PipelineError: The label table lacks a class that is drawn; see :meth:`LabelTable.id_of`.
    """
    count = clips.count
    tasks = [(split, index) for split in SPLITS for index in range(count.of(split))]
    written = list(parallel_map(partial(write_clip, parameters, clips, labels, folder), tasks, "rendering"))
    for split in SPLITS:
        write_split(folder, split, [clip_name(split, index) for index in range(count.of(split))])
    totals = {split: Counts() for split in SPLITS}
    rows = []
    for (split, index), (wrong_frames, counts) in zip(tasks, written, strict=True):
        totals[split].update(counts)
        rows += [f"{clip_name(split, index)},{frame}\n" for frame in wrong_frames]
    (folder / "label_errors.csv").write_text("clip,frame\n" + "".join(rows), encoding="utf-8")
    return totals


def write_clip(
    parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path, clip: tuple[str, int]
) -> tuple[list[str], Counts]:
    """Render a clip, given by its split and index, into the clip layout.

    In the train split, left and right are swapped in a share ``parameters.label_errors`` of the masks, drawn
    independently. In the other splits, the optical flow from each frame to the next is written too.

    Returns:
        The names of the frames whose masks are wrong, and the counts of all frames.
    """
    split, index = clip
    name = clip_name(split, index)
    # A separate generator, so that the share of errors does not change the pictures.
    errors = np.random.default_rng([parameters.seed, SPLITS.index(split), index, 1]).random(clips.frames.of(split))
    wrong_frames, counts = [], Counts()
    previous = None
    frames = render_surfaces(draw_script(parameters, clips, split, index), labels)
    for number, (image, label_map, surface) in enumerate(frames):
        frame = f"{number:05d}"
        if split == "train" and errors[number] < parameters.label_errors:
            wrong_frames.append(frame)
            label_map = labels.mirrored[label_map]
        write_jpeg(folder / "JPEGImages" / name / f"{frame}.jpg", image, QUALITY)
        write_label_map(folder / "Annotations" / name / f"{frame}.png", label_map, labels)
        counts.add(label_map)
        if split != "train" and previous is not None:
            write_flow(folder / "Flow" / name / f"{number - 1:05d}.png", *flow_between(previous, surface))
        previous = surface
    return wrong_frames, counts


def clip_name(split: str, index: int) -> str:
    """Return the name of a rendered clip."""
    return f"{split}_{index:03d}"
