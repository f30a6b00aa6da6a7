"""A student draws its share of pseudo-labelled crops, the same ones whoever loads them."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner

from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, MaskPropagation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.training.seeded_sampling import SeededDataset
from face_parsing.variants.pseudo_labels.mixing import MixedDataset, with_pseudo_labels
from face_parsing.variants.pseudo_labels.unsure import UNSURE

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))
LABELLED, PSEUDO = 1, 10  # the only class of each one's crops, which has no mirror partner


class Named(list):
    """Items that say which dataset they are of."""

    def __init__(self, name: str, length: int):
        super().__init__((name, index, np.random.rand()) for index in range(length))


def draws(share: float, count: int = 4000, workers: int = 0, seed: int = 0) -> list:
    mixture = MixedDataset(
        dict(type=Named, name="labelled", length=50), dict(type=Named, name="pseudo", length=7), share
    )
    assert len(mixture) == 50
    loader = Runner.build_dataloader(
        dict(
            dataset=SeededDataset(mixture, seed),
            sampler=dict(type="SeededSampler", shuffle=True),
            batch_size=8,
            num_workers=workers,
            collate_fn=dict(type="pseudo_collate"),
        ),
        seed=7,
    )
    batches = (list(zip(*batch, strict=True)) for batch in islice(loader, count // 8))
    return [draw[:2] for batch in batches for draw in batch]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_share_of_the_draws_is_pseudo_labelled(share):
    drawn = [name == "pseudo" for name, _ in draws(share)]
    assert abs(np.mean(drawn) - share) <= 4 * np.sqrt(share * (1 - share) / len(drawn))


def test_every_crop_of_both_is_drawn():
    assert set(draws(0.5)) == {("labelled", i) for i in range(50)} | {("pseudo", i) for i in range(7)}


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_draws_the_same(workers):
    assert draws(0.5, 200, workers) == draws(0.5, 200)
    assert draws(0.5, 200, seed=1) != draws(0.5, 200)


def write_crops(folder: Path, label: int, surround: int) -> None:
    for number in range(3):
        write_jpeg(folder / f"images/{number}.jpg", np.full((48, 48, 3), 90, np.uint8))
        label_map = np.full((48, 48), surround, np.uint8)
        label_map[8:40, 8:40] = label
        write_label_map(folder / f"labels/{number}.png", label_map, LABELS)


def student(folder: Path, share: float, mask_propagation: MaskPropagation = "none") -> Config:
    write_crops(folder / "crops/train", LABELLED, 0)
    write_crops(folder / "pseudo", PSEUDO, UNSURE)
    schedule, training = read("profiles.mini.segmenter", SegmenterSchedule), read("seg.train", SegmenterTraining)
    augmentation, weights = Augmentation(swap=True, partial=0.0), [1.0] * len(LABELS)
    architecture = Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet", mask_propagation=mask_propagation)
    crops = CropTraining(folder / "crops", LABELS, weights, schedule, 9, augmentation)
    return with_pseudo_labels(segmenter_config(architecture, training, crops), folder / "pseudo", share)


@pytest.mark.parametrize(("share", "classes"), [(0.0, {0, LABELLED}), (1.0, {PSEUDO})])
def test_a_students_config_augments_both_alike_and_ignores_what_is_unsure(tmp_path, share, classes):
    init_default_scope("mmseg")
    config = student(tmp_path, share)
    drawn = SeededDataset(DATASETS.build(config.train_dataloader.dataset), seed=0)
    samples = [drawn[number, number % 3] for number in range(12)]
    seen = {value for sample in samples for value in np.unique(sample["data_samples"].gt_sem_seg.data.numpy()).tolist()}
    assert seen - {IGNORE_INDEX} == classes
    assert {tuple(sample["inputs"].shape) for sample in samples} == {(3, 128, 128)}
    # Unsure pixels have the colours of those around them, jittered like them: there is no edge in a plain picture.
    if share:
        for sample in samples:
            grey = sample["inputs"].float()
            inside = (grey - 114).abs().amax(dim=0) > 0  # no padding
            assert grey[:, inside].std(dim=1).max() < 3


def test_a_student_that_takes_in_previous_masks_gets_pairs_of_pseudo_labelled_crops_too(tmp_path):
    init_default_scope("mmseg")
    drawn = SeededDataset(DATASETS.build(student(tmp_path, 1.0, "feed").train_dataloader.dataset), seed=0)
    sample = drawn[0, 0]["data_samples"]
    assert PSEUDO in sample.gt_sem_seg.data
    assert sample.paired_frame.image.shape == (3, 128, 128)


def test_the_val_split_stays_as_it_is(tmp_path):
    config = student(tmp_path, 0.5)
    assert config.val_dataloader.dataset.data_root == str(tmp_path / "crops/val")
