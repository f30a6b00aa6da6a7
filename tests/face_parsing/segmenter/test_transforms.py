from pathlib import Path

import cv2
import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.registry import init_default_scope
from mmseg.registry import TRANSFORMS

from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.segmenter.transforms import SIDES, MiddleSquare, PartialFace, RandomSquare, kept_part, padded_square

LABELS = read_labels(Path("configs/labels.yaml"))
SCHEDULE = read("profiles.mini.segmenter", SegmenterSchedule)


def crop_training(swap: bool = True) -> CropTraining:
    augmentation = Augmentation(swap=swap, partial=0.1)
    return CropTraining(Path("unused"), LABELS, [1.0] * len(LABELS), SCHEDULE, 9, augmentation)


def pipeline(swap: bool = True) -> list[dict]:
    architecture = Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet")
    config = segmenter_config(architecture, read("seg.train", SegmenterTraining), crop_training(swap))
    return config.train_dataloader.dataset.pipeline


def coordinates(height: int, width: int) -> np.ndarray:
    """An image whose pixels say where they were."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y, x, np.zeros_like(x)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("swap", [True, False])
def test_after_a_flip_the_left_eye_is_on_the_subjects_left_if_labels_swap(swap):
    init_default_scope("mmseg")
    flip = next(dict(t) for t in pipeline(swap) if t["type"] == "RandomFlip")
    label_map = np.zeros((4, 6), np.uint8)
    left, right = LABELS.id_of("left_eye"), LABELS.id_of("right_eye")
    label_map[1, 4], label_map[1, 1] = left, right  # facing us, the subject's left is on the image's right
    results = dict(img=coordinates(4, 6), gt_seg_map=label_map.copy(), seg_fields=["gt_seg_map"])
    flipped = TRANSFORMS.build(dict(flip, prob=1.0))(results)
    assert flipped["img"][0, 0, 1] == 5
    assert flipped["gt_seg_map"][1, 4] == (left if swap else right)
    assert flipped["gt_seg_map"][1, 1] == (right if swap else left)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("share", [1 / 3, 2 / 3])
def test_partial_face_keeps_the_share_on_its_side(side, share):
    image = coordinates(30, 30)
    rows, columns = (image[kept_part(30, 30, side, share)][..., i] for i in (0, 1))
    along = {"top": rows, "bottom": 29 - rows, "left": columns, "right": 29 - columns}[side]
    assert along.min() == 0 and along.max() == round(30 * share) - 1
    assert rows.size == 30 * round(30 * share)


def test_partial_face_pads_image_and_ignores_the_padding():
    np.random.seed(0)
    results = dict(img=coordinates(30, 30), gt_seg_map=np.full((30, 30), 7, np.uint8))
    cut = PartialFace(prob=1.0, shares=(1 / 3,), pad_value=114).transform(results)
    padding = (cut["img"] == 114).all(-1)
    assert cut["img"].shape == (30, 30, 3)
    assert padding.sum() == 600
    np.testing.assert_array_equal(cut["gt_seg_map"], np.where(padding, 255, 7))


def test_colours_change_where_pixels_have_a_class_and_padding_keeps_its_grey():
    init_default_scope("mmseg")
    jitter = next(dict(t) for t in pipeline() if t["type"] == "ColourJitter")
    np.random.seed(0)
    image, label_map = np.full((8, 8, 3), 114, np.uint8), np.zeros((8, 8), np.uint8)
    label_map[:3] = 255
    jittered = [TRANSFORMS.build(jitter)(dict(img=image, gt_seg_map=label_map))["img"] for _ in range(20)]
    assert all((each[:3] == 114).all() for each in jittered)
    assert sum((each[3:] != 114).any() for each in jittered) > 10


@pytest.mark.parametrize("path", sorted(Path("configs/segmenter").glob("*/*.py")), ids=str)
def test_what_a_rotation_uncovers_is_the_grey_of_all_padding_and_ignored(path):
    init_default_scope("mmseg")
    config = segmenter_config(Architecture(path, "ocrnet"), read("seg.train", SegmenterTraining), crop_training())
    transforms = {each["type"]: each for each in config.train_dataloader.dataset.pipeline}
    pad, rotation = transforms["PartialFace"].pad_value, transforms["RandomRotate"]
    # By its greatest angle: what a small one uncovers is the seam alone.
    rotate = TRANSFORMS.build(rotation | dict(prob=1.0, degree=(rotation.degree, rotation.degree)))
    results = dict(img=np.full((64, 64, 3), 7, np.uint8), gt_seg_map=np.zeros((64, 64), np.uint8))
    rotated = rotate(results | dict(seg_fields=["gt_seg_map"]))
    uncovered = rotated["gt_seg_map"] == 255
    # At the seam colours are interpolated, between grey and grey.
    assert (rotated["img"] == rotated["img"][..., :1]).all()
    assert uncovered.any()
    assert np.median(rotated["img"][uncovered]) == pad


def test_padded_square_keeps_proportions_and_content():
    part = coordinates(3, 8)
    square = padded_square(part, 255)
    assert square.shape == (8, 8, 3)
    np.testing.assert_array_equal(square[2:5], part)


def test_random_square_cuts_image_and_labels_alike():
    np.random.seed(0)
    for _ in range(20):
        image = coordinates(40, 40)
        cut = RandomSquare((0.5, 1.0)).transform(dict(img=image, gt_seg_map=image[..., 1].copy()))
        side = cut["img"].shape[0]
        assert 20 <= side <= 40 and cut["img"].shape == (side, side, 3)
        np.testing.assert_array_equal(cut["img"][..., 1], cut["gt_seg_map"])


@pytest.mark.parametrize(
    ("side", "share", "inner"), [(90, 2 / 3, slice(15, 75)), (91, 2 / 3, slice(15, 76)), (8, 1.0, slice(8))]
)
def test_the_middle_square_is_what_inference_cuts(side, share, inner):
    image = coordinates(side, side)
    cut = MiddleSquare(share).transform(dict(img=image, gt_seg_map=image[..., 1].copy()))
    np.testing.assert_array_equal(cut["img"], image[inner, inner])
    np.testing.assert_array_equal(cut["gt_seg_map"], image[inner, inner, 1])
    assert cut["img_shape"] == cut["gt_seg_map"].shape


def test_the_training_pipeline_makes_inputs_of_the_train_size(tmp_path):
    init_default_scope("mmseg")
    cv2.imwrite(str(tmp_path / "image.png"), coordinates(90, 90))
    cv2.imwrite(str(tmp_path / "labels.png"), np.full((90, 90), 3, np.uint8))
    np.random.seed(1)
    size = SCHEDULE.crop_size
    sample = dict(
        img_path=str(tmp_path / "image.png"),
        seg_map_path=str(tmp_path / "labels.png"),
        label_map=None,
        reduce_zero_label=False,
        seg_fields=[],
    )
    packed = Compose([TRANSFORMS.build(dict(t)) for t in pipeline()])(sample)
    assert packed["inputs"].shape == (3, size, size)
    assert set(packed["data_samples"].gt_sem_seg.data.unique().tolist()) <= {3, 2, 255}
