import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.faces.crops import Square, cut, paste, square

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
