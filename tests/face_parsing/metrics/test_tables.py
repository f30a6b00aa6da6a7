import numpy as np
import pytest

from face_parsing.metrics.scoring import score_clip
from face_parsing.metrics.tables import class_table, frame_table, object_table, size_table, swap_table, time_table

NAMES = {0: "background", 1: "left", 2: "right"}


@pytest.fixture
def scores():
    truth = np.array([[1, 1, 2, 2]] * 4, np.uint8)
    swapped = np.array([[2, 2, 1, 2]] * 4, np.uint8)
    clips = {"a": [truth, truth, truth, truth], "b": [truth, swapped]}
    return [
        score_clip(clip, [(str(i), truth, p) for i, p in enumerate(maps)], "truth", skip_ends=False, pairs=[(1, 2)])
        for clip, maps in clips.items()
    ]


def test_tables_hold_a_row_an_object_a_class_a_frame(scores):
    objects = object_table(scores, NAMES)
    assert objects[["clip", "class"]].values.tolist() == [["a", "left"], ["a", "right"], ["b", "left"], ["b", "right"]]
    # In b: left is right once and lost once; right is right once and then meets in 4 of 16 pixels.
    assert objects["J_mean"].tolist() == [1, 1, 0.5, (1 + 4 / 16) / 2]
    assert class_table(scores, NAMES)[["class", "J"]].values.tolist() == [["left", 0.75], ["right", 0.8125]]
    assert frame_table(scores)["J"].tolist() == [1, 1, 1, 1, 1, 0.125]
    assert time_table(scores)["time"].tolist() == [0, 1, 2, 3, 0, 1]


def test_frames_fall_into_ranges_of_the_faces_height():
    def frame(height: int, right: int) -> tuple[str, np.ndarray, np.ndarray]:
        truth, prediction = np.zeros((2, 100, 4), np.uint8)
        truth[10 : 10 + height], prediction[10 : 10 + right] = 1, 1
        return str(height), truth, prediction

    frames = [frame(10, 10), frame(15, 3), frame(60, 30), frame(61, 0), frame(0, 0)]
    table = size_table([score_clip("a", frames, "truth", skip_ends=False)])
    assert table[["height", "frames"]].values.tolist() == [["0% to 15%", 2], ["30% to 60%", 1], ["60% to 100%", 1]]
    assert table["J"].tolist() == [pytest.approx((1 + 0.2) / 2), 0.5, 0]


def test_swaps_are_counted_by_pixels_and_frames(scores):
    (row,) = swap_table(scores, ["left / right"]).to_dict("records")
    assert row == {"pair": "left / right", "pixels": 12, "share": pytest.approx(12 / (6 * 16)), "frames": 1}
