"""Landmarks against the label map of the same picture."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from face_parsing.ground_truth.landmarks import BROWS, COUNT, EYES, JAW, landmarks
from face_parsing.synthetic.camera.surface import flow_between
from face_parsing.synthetic.script import Script
from face_parsing.synthetic.video import mouth_gap, render_surfaces
from tests.face_parsing.ground_truth.people import LABELS, script_of

FRONTAL = [index for index in range(40) if abs(np.rad2deg(script_of(index).motion.yaw[0])) < 25][:8]


def seen(script: Script, frame: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The landmarks of a frame, which of them are visible, and its label map."""
    _, label_map, surface = list(render_surfaces(script, LABELS))[frame]
    gap = mouth_gap(script.identity, script.motion, frame)
    points, visible = landmarks(script.identity, float(script.motion.eyes[frame]), gap, surface)
    return points, visible, label_map


def distances(points: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How far points (P, 2) lie from the edge of a mask (H, W), in pixels, measured at three times the resolution."""
    fine = cv2.resize(mask.astype(np.uint8), None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    outside, inside = (cv2.distanceTransform(part, cv2.DIST_L2, 5) for part in (1 - fine, fine))
    x, y = np.clip(np.rint(3 * points + 1).astype(int), 0, np.array(fine.shape[::-1]) - 1).T
    return (np.maximum(outside, inside)[y, x] - 0.5) / 3  # the nearest pixel of the other side begins half a one before


@pytest.mark.parametrize("index", FRONTAL)
def test_landmarks_of_eyes_and_lips_lie_on_the_edges_of_their_parts(index):
    script = script_of(index)
    points, visible, label_map = seen(script)
    assert points.shape == (COUNT, 2)
    for places, names in (
        (slice(36, 42), ["right_eye"]),
        (slice(42, 48), ["left_eye"]),
        (slice(48, 60), ["upper_lip", "lower_lip", "inner_mouth"]),
    ):
        mask = np.isin(label_map, [LABELS.id_of(name) for name in names])
        if mask.sum() < 40 or not visible[places].all():  # a closed eye, hair or glasses
            continue
        # A corner is thinner than a pixel where the mask ends.
        assert distances(points[places], mask).mean() < 0.5
        assert distances(points[places], mask).max() < 0.5 + 0.75


@pytest.mark.parametrize("index", FRONTAL)
def test_left_is_the_subjects_own_and_the_order_is_ibugs(index):
    points, _, _ = seen(script_of(index))
    assert points[0, 0] < points[8, 0] < points[16, 0]
    assert (np.diff(points[JAW][3:14, 0]) > 0).all()
    assert (np.diff(points[BROWS][:, 0]) > 0).all()
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]
    assert points[EYES][:, 1].mean() > points[BROWS][:, 1].mean()
    assert (
        points[27, 1]
        < points[30, 1]
        < points[33, 1]
        < points[51, 1]
        <= points[62, 1]
        <= points[66, 1]
        < points[57, 1]
        < points[8, 1]
    )
    assert points[48, 0] < points[54, 0] and points[60, 0] < points[64, 0]


def test_the_far_side_of_a_turned_face_is_hidden():
    turned = max(range(60), key=lambda index: script_of(index, people=1.0).motion.yaw[0])
    _, visible, label_map = seen(script_of(turned, people=1.0))
    # Turned to the subject's left, the right side is seen.
    assert visible[2:8].mean() > 0.5 and not visible[12:17].any()
    assert not (label_map == LABELS.id_of("left_ear")).any()


def test_flow_carries_landmarks_to_the_next_frame():
    for index in FRONTAL[:3]:
        script = script_of(index, frames=3)
        frames = list(render_surfaces(script, LABELS))
        found = []
        for frame, (_, _, surface) in enumerate(frames):
            gap = mouth_gap(script.identity, script.motion, frame)
            found.append(landmarks(script.identity, float(script.motion.eyes[frame]), gap, surface))
        # The nose and the jaw move with the mesh. Lids and lips are painted anew in each frame.
        fixed = np.r_[0:17, 27:36]
        for (before, after), (first, second) in zip(pairwise(found), pairwise(frames), strict=True):
            flow, valid = flow_between(first[2], second[2])
            x, y = np.clip(np.rint(before[0][fixed]).astype(int), 0, 319).T
            both = before[1][fixed] & after[1][fixed] & valid[y, x]
            assert both.sum() >= 8
            error = np.linalg.norm(before[0][fixed] + flow[y, x] - after[0][fixed], axis=1)[both]
            assert np.median(error) < 0.5


def test_an_open_mouth_parts_the_inner_landmarks():
    wide = [seen(script_of(index)) for index in FRONTAL]
    gaps = [mouth_gap(script_of(index).identity, script_of(index).motion, 0) for index in FRONTAL]
    heights = [points[66, 1] - points[62, 1] for points, _, _ in wide]
    assert np.corrcoef(gaps, heights)[0, 1] > 0.9
