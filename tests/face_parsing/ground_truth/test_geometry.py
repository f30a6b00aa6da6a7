"""Depth and normals of rendered faces against each other."""

import cv2
import numpy as np
import pytest

from face_parsing.ground_truth.geometry import depth_map, normal_map, write_depth, write_normals
from face_parsing.synthetic.video import render_surfaces
from tests.face_parsing.ground_truth.people import LABELS, script_of


@pytest.mark.parametrize("index", range(3))
def test_normals_are_those_of_the_depth_by_finite_differences(index):
    _, label_map, surface = next(render_surfaces(script_of(index), LABELS))
    depth, normals = depth_map(surface).astype(float), normal_map(surface)
    y, x = np.indices(depth.shape)
    camera = surface.camera
    points = np.stack([(x - camera.center[0]) * depth, (y - camera.center[1]) * depth, camera.focal * depth], axis=-1)
    across, down = np.gradient(points, axis=1), np.gradient(points, axis=0)
    expected = np.cross(down, across)  # towards the camera, which looks along +z
    expected /= np.maximum(np.linalg.norm(expected, axis=-1, keepdims=True), 1e-12)
    smooth = cv2.erode((label_map == LABELS.id_of("skin")).astype(np.uint8), np.ones((7, 7))) > 0
    cosine = (expected * normals).sum(axis=-1)[smooth]
    assert smooth.sum() > 1000
    assert np.rad2deg(np.arccos(np.clip(np.median(cosine), -1, 1))) < 5
    assert (cosine > np.cos(np.deg2rad(25))).mean() > 0.95


def test_the_face_is_about_as_far_away_as_the_script_says():
    script = script_of(0)
    _, label_map, surface = next(render_surfaces(script, LABELS))
    depth = depth_map(surface)
    face = depth[label_map == LABELS.id_of("nose")]
    assert abs(np.median(face) - script.distance) < 20
    assert (depth[label_map > 0] > 0).mean() > 0.99


def test_files_hold_depth_in_tenths_of_a_millimetre_and_normals_in_16_bits(tmp_path):
    depth = np.array([[0.0, 55.5], [100.25, 655.0]], np.float32)
    write_depth(tmp_path / "depth.png", depth)
    stored = cv2.imread(str(tmp_path / "depth.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    np.testing.assert_allclose(stored / 100, depth, atol=0.005)
    normals = np.array([[[0, 0, 0], [0, 0, -1], [0.6, -0.8, 0]]], np.float32)
    write_normals(tmp_path / "normals.png", normals)
    stored = cv2.imread(str(tmp_path / "normals.png"), cv2.IMREAD_UNCHANGED)[..., ::-1].astype(float)
    assert not stored[0, 0].any()
    np.testing.assert_allclose((stored[0, 1:] - 1) / 65534 * 2 - 1, normals[0, 1:], atol=1e-4)
