"""Augmentation that depends on the seed and the draw's number alone: any number of workers makes the same batches."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.registry import DATA_SAMPLERS, DATASETS


@DATA_SAMPLERS.register_module()
class DrawSampler(InfiniteSampler):
    """mmengine's InfiniteSampler, each index with the number of its draw among those of all processes."""

    first = 0  # of this process's draws; later where a training is resumed

    def skip(self, num_samples: int) -> None:
        """Begin after ``num_samples`` draws of this process."""
        super().skip(num_samples)
        self.first = num_samples

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Pairs of a draw's number and an index."""
        for count, index in enumerate(self.indices, self.first):
            yield count * self.world_size + self.rank, index


@DATASETS.register_module()
class DrawnDataset:
    """A dataset whose random transforms draw from generators of their own for each of DrawSampler's draws.

    Args:
        dataset: The dataset, or its config.
        seed: Of the training.
    """

    def __init__(self, dataset: Any, seed: int):
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.metainfo = getattr(self.dataset, "metainfo", {})
        self.seed = seed

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: tuple[int, int]) -> Any:
        """The item at an index, augmented as the draw's number has it."""
        number, index = draw
        with drawing(self.seed, number):
            return self.dataset[index]


@contextmanager
def drawing(seed: int, number: int) -> Iterator[None]:
    """Let Python's, numpy's and torch's generators start from a seed and a number, and go on as they were after."""
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    own = np.random.SeedSequence([seed, number]).generate_state(3)
    random.seed(int(own[0]))
    np.random.seed(own[1])
    torch.default_generator.manual_seed(int(own[2]))
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
