"""Augmentation that depends only on the seed and the draw's number: any number of workers makes the same batches."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.registry import DATA_SAMPLERS, DATASETS


@DATA_SAMPLERS.register_module()
class SeededSampler(InfiniteSampler):
    """mmengine's InfiniteSampler, which also yields the number of each draw, counted over all processes."""

    first = 0  # number of this process's first draw; above 0 after resuming

    def skip(self, num_samples: int) -> None:
        """Skip the first ``num_samples`` draws of this process."""
        super().skip(num_samples)
        self.first = num_samples

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield pairs of a draw's number and an index."""
        for count, index in enumerate(self.indices, self.first):
            yield count * self.world_size + self.rank, index


@DATASETS.register_module()
class SeededDataset:
    """A dataset whose random transforms use newly seeded generators for each of SeededSampler's draws.

    Args:
        dataset: The dataset, or its config.
        seed: Random seed of the training.
    """

    def __init__(self, dataset: Any, seed: int):
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.metainfo = getattr(self.dataset, "metainfo", {})
        self.seed = seed

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: tuple[int, int]) -> Any:
        """The item at a draw's index, with the augmentation of the draw's number."""
        number, index = draw
        with seeded_generators(self.seed, number):
            return self.dataset[index]


@contextmanager
def seeded_generators(seed: int, number: int) -> Iterator[None]:
    """Seed the generators of Python, numpy and torch from a seed and a number, and restore their states afterwards."""
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seeds = np.random.SeedSequence([seed, number]).generate_state(3)
    random.seed(int(seeds[0]))
    np.random.seed(seeds[1])
    torch.default_generator.manual_seed(int(seeds[2]))
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
