"""Batches depend on the seed alone: not on who loads them, and not on where a training was interrupted."""

import random
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from torch.utils.data import Dataset

from face_parsing.training.seeded_sampling import SeededDataset, SeededSampler, seeded_generators


class Noise(Dataset):
    """Draws from all three generators."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index, random.random(), float(np.random.rand()), float(torch.rand(()))


def batches(workers: int, skipped: int = 0, seed: int = 0) -> list:
    """The first batches of a loader after some that are skipped, whatever has been drawn before."""
    torch.manual_seed(random.randrange(99))
    loader = Runner.build_dataloader(
        dict(
            dataset=dict(type="SeededDataset", dataset=dict(type=Noise), seed=seed),
            sampler=dict(type="SeededSampler", shuffle=True),
            batch_size=3,
            num_workers=workers,
            drop_last=True,
        ),
        seed=7,
    )
    loader.sampler.skip(3 * skipped)
    return [[tuple(sample) for sample in zip(*batch, strict=True)] for batch in islice(loader, 8 - skipped)]


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_makes_the_same_batches(workers):
    assert batches(workers) == batches(0)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_batches_after_an_interruption_are_those_without_it(workers):
    assert batches(workers, skipped=5) == batches(0)[5:]


def test_an_image_is_augmented_otherwise_each_time_and_with_another_seed():
    drawn = [sample[1:] for batch in batches(0) for sample in batch]
    assert len(set(drawn)) == len(drawn)
    assert not set(drawn) & {sample[1:] for batch in batches(0, seed=1) for sample in batch}


def test_processes_share_the_draws_of_one():
    dataset = SeededDataset(Noise(), seed=0)
    alone, *shares = (SeededSampler(dataset, seed=7) for _ in range(3))
    for rank, share in enumerate(shares):
        share.rank, share.world_size = rank, 2
        share.skip(0)
    first, second = (list(islice(share, 10)) for share in shares)
    together = [draw for pair in zip(first, second, strict=True) for draw in pair]
    assert together == list(islice(alone, 20))


def test_loading_leaves_all_generators_as_they_were():
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    with seeded_generators(0, 5):
        Noise()[0]
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == states
