"""What a row says of a rendered picture."""

from dataclasses import replace

import numpy as np

from face_parsing.ground_truth.attributes import attributes, brightness, occluders_of, tone
from face_parsing.synthetic.people.identity import SKIN_TONES
from face_parsing.synthetic.script import Script
from face_parsing.synthetic.video import render_surfaces
from tests.face_parsing.ground_truth.people import LABELS, script_of


def script() -> Script:
    return script_of(0)


def test_plain_glasses_are_eyewear_and_a_cut_face_is_covered_by_the_edge():
    plain = script()
    worn = replace(plain, partial=True, identity=replace(plain.identity, glasses="round"))
    assert occluders_of(worn) == {"eyewear", "the frame's edge"}
    assert occluders_of(replace(plain, identity=replace(plain.identity, glasses=None))) == set()


def test_darker_skin_has_a_smaller_angle():
    angles = [tone(skin) for skin in SKIN_TONES]
    assert angles == sorted(angles, reverse=True)
    assert angles[0] > 41 and angles[-1] < -30


def test_the_light_is_that_of_the_skin_alone():
    image = np.full((2, 2, 3), 200, np.uint8)
    image[0] = 30
    truth = np.array([[1, 1], [0, 0]], np.uint8)
    assert brightness(image, truth, LABELS) == 30
    assert np.isnan(brightness(image, 0 * truth, LABELS))


def test_the_row_has_the_box_and_the_camera_of_the_picture():
    shown = script()
    image, label_map, surface = next(render_surfaces(shown, LABELS))
    row = attributes(shown, 0, image, label_map, surface, LABELS)
    face = np.argwhere(label_map > 0)
    assert [row[edge] for edge in ("y1", "x1")] == face.min(axis=0).tolist()
    assert [row[edge] for edge in ("y2", "x2")] == (face.max(axis=0) + 1).tolist()
    assert row["distance"] == round(shown.distance, 3)
    assert row["yaw"] == round(float(np.rad2deg(shown.motion.yaw[0])), 2)
