"""Crops of one face at two moments, for trainings that take in the previous frame's mask."""

import random
import re
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.registry import DATASETS

from face_parsing.segmenter.previous import optical_flow

# Of a crop's file, as the stage crop writes it: clip, frame, and the face's number.
NAME = re.compile(r"(?P<clip>.+)_(?P<frame>[^_]+)_(?P<face>\d+)\.[a-z]+$")


@DATASETS.register_module()
class TwoMoments:
    """A dataset of crops, each with that of the frame before it; a clip's first frame comes with the second.

    A clip of one frame, a photograph, comes with itself. Both go through the same draws of the data pipeline, so that
    a flip, a rotation or a cut is that of both.

    Args:
        dataset: mmseg's dataset of crops, or its config. It is to be drawn from as
            :class:`face_parsing.training.drawing.DrawnDataset` does, which gives the random numbers back.
    """

    def __init__(self, dataset: Any):
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.metainfo = self.dataset.metainfo
        files = [self.dataset.get_data_info(index)["img_path"] for index in range(len(self.dataset))]
        self.others = neighbours(files)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict:
        """The item at an index, with ``other_moment`` in its data sample: ``image`` (3, H, W), ``flow`` (2, H, W)."""
        seed = np.random.randint(2**31)
        item, other = (self._drawn(each, seed) for each in (index, self.others[index]))
        now, before = (each["inputs"].permute(1, 2, 0).numpy() for each in (item, other))
        moment = PixelData(image=other["inputs"], flow=torch.from_numpy(optical_flow(before, now)))
        item["data_samples"].set_data({"other_moment": moment})
        return item

    def _drawn(self, index: int, seed: int) -> dict:
        random.seed(seed)
        np.random.seed(seed)
        return self.dataset[index]


def neighbours(files: list[str]) -> list[int]:
    """The index of the crop of the same face one frame before each, or after it where it is the first of its clip.

    Args:
        files: The crops' files, whose names are <clip>_<frame>_<face>; a name of another form is a clip of its own.
    """
    clips = defaultdict(list)
    for index, file in enumerate(files):
        match = NAME.search(file)
        key = (match["clip"], match["face"]) if match else (file, "")
        clips[key].append((match["frame"] if match else "", index))
    found = list(range(len(files)))
    for frames in clips.values():
        order = [index for _, index in sorted(frames)]
        for place, index in enumerate(order):
            found[index] = order[place - 1] if place else order[min(1, len(order) - 1)]
    return found
