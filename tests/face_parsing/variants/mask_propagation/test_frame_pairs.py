"""A training's pairs of frames: who comes with whom, and that both are augmented alike."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.training.seeded_sampling import SeededDataset
from face_parsing.variants.mask_propagation.frame_pairs import neighbours

LABELS = read_labels(Path("configs/labels.yaml"))
SIDE = 96


def test_a_crop_comes_with_the_same_face_one_frame_before_and_the_first_with_the_second():
    files = ["a_1_00010_0.jpg", "a_1_00009_0.jpg", "a_1_00011_0.jpg", "a_1_00010_1.jpg", "b_00009_0.jpg", "odd.jpg"]
    assert neighbours([f"crops/{file}" for file in files]) == [1, 0, 0, 3, 4, 5]


def crops(folder: Path, names: list[str], alike: bool) -> Config:
    """The training's config on crops of these names, each of its own picture unless all are alike."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (12, 12, 3), np.uint8)
    for name in names:
        small = small if alike else rng.integers(0, 256, (12, 12, 3), np.uint8)
        write_jpeg(folder / f"train/images/{name}.jpg", small.repeat(16, 0).repeat(16, 1))
        write_label_map(folder / f"train/labels/{name}.png", np.zeros((192, 192), np.uint8), LABELS)
    init_default_scope("mmseg")
    return segmenter_config(
        Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet", mask_propagation="feed"),
        read("seg.train", SegmenterTraining),
        CropTraining(
            folder,
            LABELS,
            [1.0] * len(LABELS),
            read("profiles.mini.segmenter", SegmenterSchedule).model_copy(update={"crop_size": SIDE}),
            1,
            Augmentation(swap=True, partial=0.5),
        ),
    )


def test_both_moments_are_turned_cut_and_mirrored_alike(tmp_path):
    config = crops(tmp_path, ["a_0_0", "a_1_0"], alike=True)
    drawn = SeededDataset(config.train_dataloader.dataset, seed=0)
    for draw in range(12):
        item = drawn[draw, draw % 2]
        moment = item["data_samples"].paired_frame
        assert moment.image.shape == (3, SIDE, SIDE) and moment.flow.shape == (2, SIDE, SIDE)
        assert torch.equal(moment.image, item["inputs"])
        assert moment.flow.abs().median() < 0.1


def test_the_other_moment_changes_nothing_of_what_is_trained_on_and_depends_on_the_draw_alone(tmp_path):
    config = crops(tmp_path, ["a_0_0", "a_1_0", "b_0_0"], alike=False)
    drawn, again = (SeededDataset(config.train_dataloader.dataset, seed=3) for _ in range(2))
    one, other = drawn[7, 1], [again[5, 0], again[7, 1]][1]
    assert torch.equal(one["inputs"], other["inputs"])
    for key in ("image", "flow"):
        assert torch.equal(one["data_samples"].paired_frame.get(key), other["data_samples"].paired_frame.get(key))
    assert not torch.equal(one["data_samples"].paired_frame.image, one["inputs"])


def test_a_photograph_comes_with_itself(tmp_path):
    config = crops(tmp_path, ["a_0_0"], alike=False)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    item = dataset[0]
    assert torch.equal(item["data_samples"].paired_frame.image, item["inputs"])
