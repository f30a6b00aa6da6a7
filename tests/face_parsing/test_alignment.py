"""An edge stays where it is, on average over its places between pixels, whatever resizes or moves it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import TRANSFORMS

from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.parsing.compositing import nearest_argmax, upsampled_argmax
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.edge import boundary_map
from face_parsing.segmenter.heads import sampled
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.sources.animation import animate

LABELS = read_labels(Path("configs/labels.yaml"))
TOLERANCE = 0.05  # of a pixel
DRAWS = 400


def crops() -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Squares of many sides, (S, S, 3) and (S, S), that change at one column and one row, and the edge's place in S."""
    rng = np.random.default_rng(0)
    for _ in range(DRAWS):
        side = int(rng.integers(60, 190))
        edge = int(rng.integers(side // 3, 2 * side // 3))
        label_map = np.zeros((side, side), np.uint8)
        label_map[edge:, edge:] = 1
        yield np.repeat(255 * label_map[..., None], 3, axis=2), label_map, edge / side


def places(pixels: np.ndarray) -> np.ndarray:
    """Where a square of zeros and ones changes in its last row and last column, in its own pixels."""
    return np.array([len(pixels) - pixels[-1].sum(), len(pixels) - pixels[:, -1].sum()], float)


def assert_unmoved(shifts: list[np.ndarray]) -> None:
    assert len(shifts) == DRAWS
    np.testing.assert_allclose(np.mean(shifts, axis=0), 0, atol=TOLERANCE)


@pytest.mark.parametrize("side", [64, 96, 128, 160])
def test_resizing_leaves_labels_and_image_in_place(side):
    of_labels, of_image = [], []
    for image, label_map, edge in crops():
        of_labels.append(places(resized_labels(label_map, (side, side))) - edge * side)
        of_image.append(places(resized_image(image, (side, side))[..., 0] / 255) - edge * side)
    assert_unmoved(of_labels)
    assert_unmoved(of_image)


@pytest.mark.parametrize("kind", ["AlignedResize", "RandomFlip", "RandomRotate"])
def test_each_transform_of_the_training_moves_labels_as_it_moves_the_image(kind):
    init_default_scope("mmseg")
    config = segmenter_config(
        Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet"),
        read("seg.train", SegmenterTraining),
        CropTraining(
            Path("unused"),
            LABELS,
            [1.0] * len(LABELS),
            read("profiles.mini.segmenter", SegmenterSchedule),
            9,
            Augmentation(swap=True, partial=0.1),
        ),
    )
    settings = next(dict(t) for t in config.train_dataloader.dataset.pipeline if t["type"] == kind)
    transform = TRANSFORMS.build(settings | (dict(prob=1.0) if "prob" in settings else {}))
    np.random.seed(0)
    shifts = []
    for image, label_map, _ in crops():
        results = dict(img=image, gt_seg_map=label_map, img_shape=image.shape[:2], seg_fields=["gt_seg_map"])
        moved = transform(results)
        labels, brightness = moved["gt_seg_map"], moved["img"][..., 0] / 255
        # What a rotation uncovers, and is ignored, says nothing.
        inner = slice(len(labels) // 5, -(len(labels) // 5))
        shifts.append(places(labels[inner, inner]) - places(brightness[inner, inner]))
    assert_unmoved(shifts)


def test_frames_of_an_animated_still_show_labels_where_they_show_the_image():
    rng = np.random.default_rng(0)
    shifts = []
    for image, label_map, _ in crops():
        moved, labels = list(animate(image, label_map, 2, rng))[1]
        shifts.append(places(labels) - places(moved[..., 0] / 255))
    assert_unmoved(shifts)


@pytest.mark.parametrize("cells", [16, 24, 32])
def test_the_coarse_heads_targets_lie_where_its_logits_do(cells):
    torch.manual_seed(0)
    side = 4 * cells
    shifts = []
    for number in range(DRAWS):
        edge = side // 3 + number % 16  # each place within a cell equally often
        label_map = torch.zeros(1, side, side, dtype=torch.long)
        label_map[:, edge:, edge:] = 1
        draws = [places(sampled(label_map, (cells, cells))[0].numpy()) for _ in range(10)]
        shifts.append(4 * np.mean(draws, axis=0) - edge)
    assert_unmoved(shifts)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_boundary_targets_lie_on_both_sides_of_the_edge_alike(width):
    for _, label_map, edge in crops():
        boundary = boundary_map(torch.from_numpy(label_map.astype(np.int64))[None], width)[0].numpy()
        assert np.flatnonzero(boundary[-1]).mean() + 0.5 == pytest.approx(edge * len(label_map))


@pytest.mark.parametrize("resized", [upsampled_argmax, nearest_argmax])
@pytest.mark.parametrize("side", [47, 96, 143])
def test_a_prediction_is_brought_to_the_faces_own_size_in_place(resized, side):
    shifts = []
    for _, label_map, edge in crops():
        scores = np.stack([label_map == 0, label_map == 1]).astype(np.float32)
        shifts.append(places(resized(scores, side)) - edge * side)
    assert_unmoved(shifts)
