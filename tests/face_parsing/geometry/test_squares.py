import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.geometry import squares as crops
from face_parsing.geometry.squares import LARGEST, Square, cut, paste, square
from face_parsing.imaging.resizing import resized_image, resized_labels

edge = st.floats(-60, 90, allow_nan=False)
boxes = st.tuples(edge, edge, st.floats(0, 120), st.floats(0, 120)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
margins = st.floats(0, 1)
label_maps = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9)).map(
    lambda s: np.random.default_rng(s[2]).integers(0, 256, s[:2], dtype=np.uint8)
)


@given(label_maps, boxes, margins)
def test_a_cut_label_map_goes_back_to_its_place_to_the_pixel(label_map, box, margin):
    around = square(box, margin)
    canvas = np.zeros_like(label_map)
    paste(canvas, cut(label_map, around, 0), around)
    rows, columns = np.indices(label_map.shape)
    inside = (columns >= around.x) & (columns < around.x + around.side)
    inside &= (rows >= around.y) & (rows < around.y + around.side)
    np.testing.assert_array_equal(canvas, np.where(inside, label_map, 0))


@given(label_maps, boxes, margins)
def test_a_cut_holds_the_frame_pixel_by_pixel_and_padding_elsewhere(label_map, box, margin):
    around = square(box, margin)
    crop = cut(label_map, around, 114)
    assert crop.shape == (around.side, around.side)
    for r, c in np.random.default_rng(0).integers(0, around.side, (20, 2)):
        y, x = around.y + r, around.x + c
        in_frame = 0 <= y < label_map.shape[0] and 0 <= x < label_map.shape[1]
        assert crop[r, c] == (label_map[y, x] if in_frame else 114)


@given(boxes, margins)
def test_the_square_holds_the_grown_box_centred_within_a_pixel_and_hardly_more(box, margin):
    around = square(box, margin)
    x1, y1, x2, y2 = box
    longer = max(x2 - x1, y2 - y1)
    assert around.x <= (x1 + x2) / 2 - longer * (0.5 + margin) + 1e-6
    assert around.y <= (y1 + y2) / 2 - longer * (0.5 + margin) + 1e-6
    assert around.x + around.side >= (x1 + x2) / 2 + longer * (0.5 + margin) - 1e-6
    assert around.y + around.side >= (y1 + y2) / 2 + longer * (0.5 + margin) - 1e-6
    assert around.side <= longer * (1 + 2 * margin) + 2


def test_a_square_is_as_computed_by_hand():
    assert square((10, 20, 30, 60), 0.25) == Square(-10, 10, 60)


def test_colour_images_are_cut_in_every_channel():
    image = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    crop = cut(image, Square(3, -1, 3), 9)
    assert crop.tolist() == [
        [[9] * 3] * 3,
        [image[0, 3].tolist(), image[0, 4].tolist(), [9] * 3],
        [image[1, 3].tolist(), image[1, 4].tolist(), [9] * 3],
    ]


def test_a_pasted_background_leaves_an_earlier_face_and_a_pasted_face_covers_it():
    canvas = np.zeros((1, 4), np.uint8)
    paste(canvas, np.full((2, 2), 5, np.uint8), Square(0, 0, 2))
    paste(canvas, np.array([[0, 7], [0, 7]], np.uint8), Square(0, 0, 2))
    assert canvas.tolist() == [[5, 7, 0, 0]]


@pytest.fixture
def small_crops(monkeypatch) -> int:
    monkeypatch.setattr(crops, "LARGEST", 8)
    return 8


def test_a_large_squares_crop_is_the_square_resized(small_crops):
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    around = Square(3, 5, 32)
    expected = resized_image(image[5:37, 3:35], (8, 8))
    np.testing.assert_array_equal(cut(image, around, 114), expected)
    expected = resized_labels(image[5:37, 3:35, 0], (8, 8))
    np.testing.assert_array_equal(cut(image[..., 0], around, 114, resized_labels), expected)


@pytest.mark.parametrize("shape", [(2, 40), (40, 2), (1, 33), (33, 1), (16, 16)])
def test_a_large_square_beyond_a_thin_frame_goes_back_to_its_place(small_crops, shape):
    label_map = np.random.default_rng(0).integers(1, 255, shape, np.uint8)
    around = square((0, 0, shape[1], shape[0]), 0.1)
    crop = cut(label_map, around, 0, resized_labels)
    assert crop.shape == (8, 8)
    canvas = np.zeros_like(label_map)
    paste(canvas, crop, around)
    assert (canvas > 0).all() and set(canvas.ravel()) <= set(label_map.ravel())  # no pixel gets the padding


def test_a_large_squares_classes_go_to_their_own_part_of_the_frame(small_crops):
    label_map = np.repeat(np.repeat(np.arange(1, 65, dtype=np.uint8).reshape(8, 8), 5, axis=0), 5, axis=1)
    canvas = np.zeros_like(label_map)
    paste(canvas, cut(label_map, Square(0, 0, 40), 0, resized_labels), Square(0, 0, 40))
    np.testing.assert_array_equal(canvas, label_map)


def test_a_face_larger_than_any_frame_takes_a_bounded_crop():
    frame = np.zeros((2, 20_000, 3), np.uint8)
    tracemalloc.start()
    crop = cut(frame, square((0, 0, 20_000, 2), 2), 114)
    assert crop.shape == (LARGEST, LARGEST, 3) and tracemalloc.get_traced_memory()[1] < 2.5 * crop.nbytes
    tracemalloc.stop()
