"""Label maps of images that EXIF turns, drawn on the upright image or on the stored pixels."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from face_parsing.core.errors import PipelineError
from face_parsing.sources.orientation import UPRIGHT, upright_label_map
from face_parsing.synthetic.video import render_clip
from tests.face_parsing.synthetic.test_video import LABELS, parameters

FILE = Path("a.png")
# The inverse of each: the upright image as a camera stores it.
STORED = {**UPRIGHT, 6: UPRIGHT[8], 8: UPRIGHT[6]}


def stored(label_map: np.ndarray, orientation: int) -> np.ndarray:
    return np.asarray(Image.fromarray(label_map).transpose(STORED[orientation]))


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientations_are_pillows(orientation):
    label_map = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(stored(label_map, orientation))
    image.getexif()[0x0112] = orientation
    np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(image)), label_map)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("shape", [(180, 180), (180, 250)])
def test_a_label_map_is_upright_wherever_it_was_drawn(orientation, shape):
    for clip in range(3):
        image, label_map = next(render_clip(*parameters(), LABELS, "test", clip))
        center = int(np.argwhere(label_map)[:, 1].mean())
        left = int(np.clip(center - shape[1] // 2, 0, label_map.shape[1] - shape[1]))
        image, label_map = (np.ascontiguousarray(array[:, left : left + shape[1]]) for array in (image, label_map))
        assert upright_label_map(FILE, label_map, image, orientation) is label_map
        turned = upright_label_map(FILE, stored(label_map, orientation), image, orientation)
        np.testing.assert_array_equal(turned, label_map)


def test_an_image_that_exif_does_not_turn_keeps_its_label_map():
    label_map = np.eye(5, dtype=np.uint8)
    assert upright_label_map(FILE, label_map, np.zeros((5, 5, 3), np.uint8), 1) is label_map


def test_a_label_map_that_fits_both_ways_is_refused_unless_both_are_equal():
    image = np.full((6, 6, 3), 100, np.uint8)
    image[:, 3:] = 200
    left = np.zeros((6, 6), np.uint8)
    left[:, 3:] = 1
    with pytest.raises(PipelineError, match=r"a.png: EXIF turns its image, and the label map fits the upright and the"):
        upright_label_map(FILE, left, image, 3)
    assert upright_label_map(FILE, left, image, 4) is left
