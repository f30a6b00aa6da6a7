"""The source ``synthetic``: rendered clips, written with their label errors."""

from pathlib import Path

import numpy as np

from stages.clips.labels import LabelTable
from stages.clips.layout import SPLITS, write_jpeg, write_label_map
from stages.parameters.data import Synthetic
from stages.synthetic.video import render_clip

QUALITY = 92  # of the JPEG files; worse compression is one of the bad frames' own troubles


def write_clip(parameters: Synthetic, labels: LabelTable, folder: Path, clip: tuple[str, int]) -> list[str]:
    """Render a clip, named by its split and index, into the clip layout.

    In the train split ``parameters.label_errors`` of the masks, each drawn by itself, have left and right swapped.

    Returns:
        The names of the frames whose masks are wrong.
    """
    split, index = clip
    name = clip_name(split, index)
    # A generator of its own, so that the share of errors does not change the pictures.
    errors = np.random.default_rng([parameters.seed, SPLITS.index(split), index, 1]).random(parameters.frames.of(split))
    wrong = []
    for number, (image, label_map) in enumerate(render_clip(parameters, labels, split, index)):
        frame = f"{number:05d}"
        if split == "train" and errors[number] < parameters.label_errors:
            wrong.append(frame)
            label_map = labels.mirrored[label_map]
        write_jpeg(folder / "JPEGImages" / name / f"{frame}.jpg", image, QUALITY)
        write_label_map(folder / "Annotations" / name / f"{frame}.png", label_map, labels)
    return wrong


def clip_name(split: str, index: int) -> str:
    """The name of a rendered clip."""
    return f"{split}_{index:03d}"
