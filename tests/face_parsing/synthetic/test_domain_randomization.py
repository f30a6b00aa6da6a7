"""What the looks of clips leave alone, and that each is drawn by itself."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))
PICTURE_LOOKS = ("lights", "scenery", "camera")
# Of a clip rendered by the code that knew no domain_randomization: the means of each frame's eighths (BGR).
BEFORE = np.array(
    [
        [
            [
                [77.38999938964844, 101.08000183105469, 101.2300033569336],
                [77.51000213623047, 107.51000213623047, 181.77999877929688],
                [102.12999725341797, 136.0800018310547, 206.30999755859375],
                [68.68000030517578, 86.4800033569336, 158.35000610351562],
            ],
            [
                [76.36000061035156, 86.06999969482422, 126.83999633789062],
                [56.959999084472656, 76.19000244140625, 151.41000366210938],
                [117.05000305175781, 139.0500030517578, 183.08999633789062],
                [58.470001220703125, 76.4000015258789, 72.37999725341797],
            ],
        ],
        [
            [
                [77.26000213623047, 102.38999938964844, 100.0199966430664],
                [77.8499984741211, 107.8499984741211, 182.72999572753906],
                [102.98999786376953, 136.08999633789062, 207.58999633789062],
                [67.9000015258789, 86.63999938964844, 157.80999755859375],
            ],
            [
                [75.55000305175781, 86.6500015258789, 125.95999908447266],
                [55.869998931884766, 76.2300033569336, 151.22000122070312],
                [116.79000091552734, 138.6300048828125, 182.67999267578125],
                [58.7599983215332, 76.4800033569336, 72.2300033569336],
            ],
        ],
    ]
)
# And of its label maps, the pixels of each class.
LABELS_BEFORE = [97534, 5221, 89, 99, 67, 77, 0, 0, 140, 156, 533, 52, 0, 100, 6449, 0, 0, 4683]


def rendered(index: int = 1, **domain_randomization: float) -> tuple[np.ndarray, np.ndarray]:
    """A clip's images and label maps, (2, H, W, 3) and (2, H, W)."""
    each, two = PerSplit(train=1, val=1, test=1), PerSplit(train=2, val=2, test=2)
    shares = dict.fromkeys(DomainRandomization.model_fields, 0.0) | domain_randomization
    clips = RenderedClips(
        count=each, frames=two, width=320, height=180, domain_randomization=DomainRandomization(**shares)
    )
    none = dict(partial_faces=0.0, fast_turns=0.0, label_errors=0.0)
    parameters = Synthetic(seed=3, small_faces=0.2, smallest_face=0.08, bad_frames=0.5, **none)
    images, label_maps = zip(*render_clip(parameters, clips, LABELS, "train", index), strict=True)
    return np.stack(images), np.stack(label_maps)


def test_without_looks_a_clip_is_what_it_was_before_there_were_any():
    images, label_maps = rendered()
    # Means rather than a hash: another processor may round single pixels the other way.
    means = [cv2.resize(image, (4, 2), interpolation=cv2.INTER_AREA) for image in images.astype(np.float32)]
    np.testing.assert_allclose(means, BEFORE, atol=0.05)
    np.testing.assert_allclose(np.bincount(label_maps.ravel(), minlength=18), LABELS_BEFORE, atol=3)


@pytest.mark.parametrize("look", PICTURE_LOOKS)
def test_a_look_changes_the_images_and_no_mask(look):
    for index in range(3):
        (plain, mask), (looked, same) = rendered(index), rendered(index, **{look: 1.0})
        np.testing.assert_array_equal(mask, same)
        assert np.abs(plain.astype(int) - looked).mean() > 1


def test_all_looks_together_change_no_mask_and_are_the_same_each_time():
    every = dict.fromkeys(PICTURE_LOOKS, 1.0)
    (images, masks), (same_images, same_masks) = rendered(2, **every), rendered(2, **every)
    np.testing.assert_array_equal(images, same_images)
    np.testing.assert_array_equal(masks, same_masks)
    np.testing.assert_array_equal(masks, rendered(2)[1])
