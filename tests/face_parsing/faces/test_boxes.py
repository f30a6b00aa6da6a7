import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.core.labels import Label, LabelTable
from face_parsing.faces.boxes import face_boxes, jittered
from face_parsing.geometry.boxes import intersections, ious

SKIN, LEFT_EYE, RIGHT_EYE, HAIR = 1, 2, 3, 4
TABLE = LabelTable(
    (
        Label(0, "background", (0, 0, 0)),
        Label(SKIN, "skin", (1, 1, 1)),
        Label(LEFT_EYE, "left_eye", (2, 2, 2), "right_eye"),
        Label(RIGHT_EYE, "right_eye", (3, 3, 3), "left_eye"),
        Label(HAIR, "hair", (4, 4, 4)),
    )
)


def label_map(*rectangles: tuple[int, int, int, int, int], shape=(60, 100)) -> np.ndarray:
    drawn = np.zeros(shape, np.uint8)
    for x1, y1, x2, y2, value in rectangles:
        drawn[y1:y2, x1:x2] = value
    return drawn


def boxes_in(drawn: np.ndarray, excluded=(), min_area=12) -> list[list[int]]:
    return face_boxes(drawn, TABLE, excluded, min_area).tolist()


@given(st.integers(0, 90), st.integers(0, 50), st.integers(4, 50), st.integers(3, 50))
def test_one_face_has_the_box_of_its_pixels_wherever_the_frame_cuts_it(x, y, width, height):
    drawn = label_map((x, y, x + width, y + height, SKIN))
    assert boxes_in(drawn, min_area=1) == [[x, y, min(x + width, 100), min(y + height, 60)]]


def test_a_frame_without_face_has_no_box():
    assert face_boxes(label_map(), TABLE, [], 1).shape == (0, 4)


def test_specks_and_ignored_pixels_are_no_face():
    assert boxes_in(label_map((0, 0, 3, 3, SKIN), (50, 0, 90, 40, 255))) == []


def test_specks_do_not_stretch_a_face():
    assert boxes_in(label_map((10, 10, 40, 40, SKIN), (43, 10, 45, 12, SKIN))) == [[10, 10, 40, 40]]


def test_excluded_classes_do_not_count():
    drawn = label_map((10, 0, 40, 50, HAIR), (15, 10, 35, 40, SKIN))
    assert boxes_in(drawn) == [[10, 0, 40, 50]]
    assert boxes_in(drawn, excluded=[HAIR]) == [[15, 10, 35, 40]]


def test_a_face_that_a_hand_divides_stays_one():
    drawn = label_map((20, 5, 50, 20, SKIN), (22, 8, 28, 12, LEFT_EYE), (22, 27, 48, 40, SKIN))
    assert boxes_in(drawn) == [[20, 5, 50, 40]]


def test_two_people_side_by_side_are_two_the_larger_first():
    drawn = label_map((0, 0, 30, 40, SKIN), (5, 5, 9, 9, LEFT_EYE), (32, 0, 70, 40, SKIN), (40, 5, 44, 9, LEFT_EYE))
    assert boxes_in(drawn) == [[32, 0, 70, 40], [0, 0, 30, 40]]


def test_a_distant_bystander_is_a_face_of_his_own():
    assert boxes_in(label_map((0, 0, 40, 50, SKIN), (80, 20, 88, 30, SKIN))) == [[0, 0, 40, 50], [80, 20, 88, 30]]


def test_iou_and_intersection_by_hand():
    a, b = np.array([[0, 0, 4, 4], [0, 0, 2, 2]]), np.array([[2, 2, 6, 4], [8, 8, 9, 9], [0, 0, 2, 2]])
    assert intersections(a, b).tolist() == [[4, 0, 4], [0, 0, 4]]
    assert ious(a, b) == pytest.approx(np.array([[4 / 20, 0, 0.25], [0, 0, 1]]))


def test_jitter_moves_each_edge_by_its_share_of_the_box_and_no_edge_past_another():
    boxes = np.tile([[100.0, 100.0, 140.0, 300.0]], (20000, 1))
    moved = jittered(boxes, 0.1, np.random.default_rng(0)) - boxes
    assert moved.mean(axis=0) == pytest.approx([0] * 4, abs=0.5)
    assert moved.std(axis=0) == pytest.approx([4, 20, 4, 20], rel=0.03)
    wild = jittered(boxes, 5.0, np.random.default_rng(0))
    assert (wild[:, 2:] > wild[:, :2]).all()
    assert np.array_equal(jittered(boxes[:2], 0.0, np.random.default_rng(0)), boxes[:2])
