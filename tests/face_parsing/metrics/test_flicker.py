from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.core.labels import read_labels
from face_parsing.metrics.boundary import near_boundary
from face_parsing.metrics.flicker import (
    changes,
    estimated_changes,
    estimated_flow,
    followed,
    unchanged_points,
)
from face_parsing.synthetic.camera.surface import flow_between
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.video import render_surfaces

LABELS = read_labels(Path("configs/labels.yaml"))

SIDE, STEP = 40, 4  # of a square face, and its step to the right from a frame to the next


def face(x: int, label: int = 1) -> np.ndarray:
    """A frame with a square face whose left edge is at x."""
    label_map = np.zeros((60, 120), np.uint8)
    label_map[10 : 10 + SIDE, x : x + SIDE] = label
    return label_map


TRUTHS = face(30), face(30 + STEP)
MOVED = np.broadcast_to(np.float32([STEP, 0]), (60, 120, 2)), TRUTHS[0] > 0


def totals(*predictions: np.ndarray, truths=TRUTHS, flow=MOVED) -> list[int]:
    return changes(unchanged_points(*truths, *flow), *predictions).sum(axis=(0, 1, 2)).tolist()


def test_a_wrong_prediction_that_moves_with_the_head_does_not_flicker():
    before, after = face(30), face(30 + STEP)
    before[:, 30:45], after[:, 30 + STEP : 45 + STEP] = 2, 2
    assert totals(before, after) == [SIDE**2, 0, 0]


def test_a_wrong_prediction_that_stays_in_the_frame_flickers_by_the_face_step():
    before, after = face(30), face(30 + STEP)
    before[:, :50], after[:, :50] = 2, 2
    assert totals(before, after) == [SIDE**2, STEP * SIDE, STEP * SIDE]


def test_one_wrong_class_after_another_is_a_change_but_right_in_neither():
    assert totals(face(30, 2), face(30 + STEP, 3)) == [SIDE**2, SIDE**2, 0]


def test_points_whose_true_class_changes_or_is_ignored_do_not_count():
    before, after = (truth.copy() for truth in TRUTHS)
    before[10:20, 30:40] = 255
    after[20:25, 30 + STEP : 40 + STEP] = 2
    assert totals(*TRUTHS, truths=(before, after)) == [SIDE**2 - 150, 0, 0]


def test_points_that_leave_the_frame_are_left_out():
    flow, valid = np.full((4, 5, 2), (2.0, -1.0), np.float32), np.ones((4, 5), bool)
    start, end = followed(flow, valid)
    assert [(int(s), int(e)) for s, e in zip(start, end, strict=True)] == [
        (y * 5 + x, (y - 1) * 5 + x + 2) for y in range(1, 4) for x in range(3)
    ]


def test_the_nearest_pixel_is_where_a_point_is():
    flow = np.float32([[[0.4, 0.0], [0.6, 0.0], [-1.4, 0.0], [0.0, 0.0]]])
    start, end = followed(flow, np.array([[True, True, True, False]]))
    assert (start.tolist(), end.tolist()) == ([0, 1, 2], [0, 2, 1])


def test_groups_are_the_true_class_the_motion_and_the_boundary():
    counts = changes(unchanged_points(*TRUTHS, *MOVED), *TRUTHS)
    # A step of a tenth of the face's height is fast; 0.008 of the diagonal is 2 pixels of rim.
    assert counts[1, 2, :, 0].tolist() == [(SIDE - 4) ** 2, SIDE**2 - (SIDE - 4) ** 2]
    slow = np.full((60, 120, 2), (0.5, 0.0), np.float32), MOVED[1]
    assert changes(unchanged_points(TRUTHS[0], TRUTHS[0], *slow), *TRUTHS)[1, :, :, 0].sum(axis=1).tolist() == [
        0,
        SIDE**2,
        0,
    ]


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_counts_are_those_of_point_after_point(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 12, 2))
    truths = rng.choice([0, 1, 2, 255], (2, *shape), p=[0.2, 0.4, 0.3, 0.1]).astype(np.uint8)
    predictions = rng.integers(0, 3, (2, *shape), dtype=np.uint8)
    flow, valid = rng.uniform(-3, 3, (*shape, 2)).astype(np.float32), rng.random(shape) < 0.7
    expected: dict[int, list[int]] = {}
    for y, x in np.argwhere(valid):
        to_x, to_y = x + round(float(flow[y, x, 0])), y + round(float(flow[y, x, 1]))
        if not (0 <= to_x < shape[1] and 0 <= to_y < shape[0]) or truths[0, y, x] == 255:
            continue
        if truths[0, y, x] == truths[1, to_y, to_x]:
            first, second, truth = predictions[0, y, x], predictions[1, to_y, to_x], truths[0, y, x]
            row = expected.setdefault(int(truth), [0, 0, 0])
            for i, counts in enumerate((True, first != second, (first == truth) != (second == truth))):
                row[i] += bool(counts)
    found = changes(unchanged_points(*truths, flow, valid), *predictions).sum(axis=(1, 2))
    assert {i: row.tolist() for i, row in enumerate(found) if row.any()} == expected


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_a_perfect_prediction_never_flickers(seed):
    rng = np.random.default_rng(seed)
    truths = rng.choice([0, 1, 2, 255], (2, 20, 30)).astype(np.uint8)
    flow, valid = rng.uniform(-9, 9, (20, 30, 2)).astype(np.float32), rng.random((20, 30)) < 0.7
    counts = changes(unchanged_points(*truths, flow, valid), *truths)
    assert counts[..., 1:].sum() == 0 < counts[..., 0].sum()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_near_a_boundary_is_what_a_square_around_the_pixel_says(seed, radius):
    label_map = np.random.default_rng(seed).integers(0, 2, (9, 11), dtype=np.uint8)
    label_map = np.kron(label_map, np.ones((3, 3), np.uint8))
    near = near_boundary(label_map, radius)
    for y, x in np.ndindex(label_map.shape):
        around = label_map[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
        assert near[y, x] == (np.unique(around).size > 1)


def picture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def test_estimated_flow_finds_a_known_shift():
    before = picture()
    flow, valid = estimated_flow(before, np.roll(before, (2, 3), (0, 1)))
    inside = np.s_[20:100, 20:140]
    assert valid[inside].mean() > 0.95
    np.testing.assert_allclose(np.median(flow[inside][valid[inside]], axis=0), (3, 2), atol=0.3)


def test_estimated_flow_agrees_with_the_renderer_on_a_slow_face():
    shares = dict.fromkeys(("small_faces", "partial_faces", "fast_turns", "label_errors", "bad_frames"), 0.0)
    domain_randomization = DomainRandomization(**dict.fromkeys(DomainRandomization.model_fields, 0.0))
    each = PerSplit(train=6, val=6, test=6)
    clips = RenderedClips(count=each, frames=each, width=320, height=240, domain_randomization=domain_randomization)
    frames = render_surfaces(draw_script(Synthetic(seed=3, smallest_face=0.5, **shares), clips, "test", 0), LABELS)
    errors, held = [], []
    for (image, label_map, first), (following, _, second) in pairwise(frames):
        true, seen = flow_between(first, second)
        found, valid = estimated_flow(image, following)
        counted = seen & (label_map > 0)
        errors.append(np.linalg.norm(found - true, axis=-1)[counted & valid])
        held.append(valid[counted])
    assert np.concatenate(held).mean() > 0.5
    assert np.median(np.concatenate(errors)) < 0.7


@pytest.mark.parametrize("shape", [(1, 1), (8, 11), (1, 40), (13, 3)])
def test_tiny_pictures_are_no_fault(shape):
    image = np.zeros((*shape, 3), np.uint8)
    flow, valid = estimated_flow(image, image)
    assert flow.shape == (*shape, 2) and valid.shape == shape


@pytest.mark.parametrize("width", [40, 200, 320, 1270])  # of which OpenCV's own DIS reads beyond the picture's end
@pytest.mark.parametrize("height", [13, 20, 31, 110])
def test_low_pictures_have_a_flow(height, width):
    before = cv2.resize(picture(), (width, height))
    flow, valid = estimated_flow(before, before)
    assert flow.shape == (height, width, 2) and valid.shape == (height, width)
    if 320 * height >= 12 * width:
        assert valid.all() and np.abs(flow).max() < 0.1


def test_estimated_changes_count_what_is_a_face_in_either_frame():
    before, after = np.zeros((2, 10, 10), np.uint8)
    before[2:6, 2:6] = 1
    after[2:6, 4:8] = 1
    still = np.zeros((10, 10, 2), np.float32), np.ones((10, 10), bool)
    assert estimated_changes(followed(*still), before, after).tolist() == [24, 16]
    moved = np.full((10, 10, 2), (2, 0), np.float32), np.ones((10, 10), bool)
    assert estimated_changes(followed(*moved), before, after).tolist() == [16, 0]


@pytest.mark.parametrize("shift", [(0, 0), (2, 3)])
def test_a_still_prediction_on_a_moving_picture_is_told_by_the_estimate(shift):
    before, prediction = picture(), np.zeros((120, 160), np.uint8)
    prediction[40:80, 40:90] = 1
    estimate = estimated_flow(before, np.roll(before, shift, (0, 1)))
    points, changed = estimated_changes(followed(*estimate), prediction, np.roll(prediction, shift, (0, 1)))
    assert changed / points < 0.02
    points, changed = estimated_changes(followed(*estimate), prediction, prediction)
    assert (changed / points > 0.05) == (shift != (0, 0))
