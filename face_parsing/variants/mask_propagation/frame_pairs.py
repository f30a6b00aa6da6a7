"""Pairs of crops of one face in consecutive frames, for trainings with the previous frame's mask."""

import random
import re
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.registry import DATASETS

from face_parsing.variants.mask_propagation.guidance import backward_flow

# Name of a crop's file as the stage crop writes it: clip, frame and number of the face.
NAME = re.compile(r"(?P<clip>.+)_(?P<frame>[^_]+)_(?P<face>\d+)\.[a-z]+$")


@DATASETS.register_module()
class FramePairs:
    """A dataset of crops, each paired with the crop of the frame before it.

    A clip's first frame is paired with the second; the frame of a one-frame clip is paired with itself. Both crops get
    the same draws of the data pipeline, such as flips, rotations and cuts.

    Args:
        dataset: mmseg's dataset of crops, or its config. Drawing an item seeds Python's and NumPy's generators, so draw
            through :class:`face_parsing.training.seeded_sampling.SeededDataset`, which restores them.
    """

    def __init__(self, dataset: Any):
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.metainfo = self.dataset.metainfo
        files = [self.dataset.get_data_info(index)["img_path"] for index in range(len(self.dataset))]
        self.others = neighbours(files)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict:
        """The item at an index. Its data sample has ``paired_frame``: ``image`` (3, H, W) and ``flow`` (2, H, W)."""
        seed = np.random.randint(2**31)
        item, other = (self._drawn(position, seed) for position in (index, self.others[index]))
        now, before = (crop["inputs"].permute(1, 2, 0).numpy() for crop in (item, other))
        flow = torch.from_numpy(backward_flow(before, now).transpose(2, 0, 1))
        paired_frame = PixelData(image=other["inputs"], flow=flow)
        item["data_samples"].set_data({"paired_frame": paired_frame})
        return item

    def _drawn(self, index: int, seed: int) -> dict:
        random.seed(seed)
        np.random.seed(seed)
        return self.dataset[index]


def neighbours(files: list[str]) -> list[int]:
    """For each crop, the index of the same face's crop in the previous frame; a clip's first crop gets the next one.

    Args:
        files: Files of the crops, named <clip>_<frame>_<face>. A file with another name is a clip of its own.
    """
    clips = defaultdict(list)
    for index, file in enumerate(files):
        match = NAME.search(file)
        key = (match["clip"], match["face"]) if match else (file, "")
        clips[key].append((match["frame"] if match else "", index))
    others = list(range(len(files)))
    for frames in clips.values():
        order = [index for _, index in sorted(frames)]
        for position, index in enumerate(order):
            others[index] = order[position - 1] if position else order[min(1, len(order) - 1)]
    return others
