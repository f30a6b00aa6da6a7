"""Uncertain faces are checked by a segmenter, here one that reads the classes from the picture itself."""

import numpy as np
import pytest

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import read_labels
from face_parsing.geometry.squares import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.runtime.second_look import SURE, SecondLook
from tests.repositories import ROOT

LABELS = read_labels(ROOT / "configs/labels.yaml")
SKIN, NOSE, HAIR, LIP = (LABELS.id_of(name) for name in ("skin", "nose", "hair", "upper_lip"))
NO_CANDIDATES = np.zeros((0, 5))
WHOLE = Face((0.0, 0.0, 300.0, 200.0), 0.0, "whole_frame")


class Reader:
    """A network for which a pixel's blue value is its class."""

    guided = gated = False

    def __init__(self):
        self.calls = 0

    def __call__(self, images: np.ndarray, masks=None) -> np.ndarray:
        self.calls += len(images)
        classes = np.where(images[..., 0] < len(LABELS), images[..., 0], 0)
        return np.moveaxis(10.0 * np.eye(len(LABELS), dtype=np.float32)[classes], 3, 1)


@pytest.fixture
def look() -> SecondLook:
    use = SegmenterUse(
        Crop(margin=0.0, pad_value=114),
        SegmenterInput(batch_size=1, crop_size=192, logit_adjustment=0.0),
        SegmenterTest(scales=(1.0,), flip=True, resize="labels"),
        probabilities=False,
    )
    return SecondLook(Segmenter(Reader(), LABELS, use))


def picture(*faces: tuple[int, int, int, int]) -> np.ndarray:
    """Faces of skin, a third of them nose."""
    image = np.zeros((200, 300, 3), np.uint8)
    for x1, y1, x2, y2 in faces:
        image[y1:y2, x1:x2] = SKIN
        image[y1 : (2 * y1 + y2) // 3, x1:x2] = NOSE
    return image


def detected(box: tuple[int, int, int, int], score: float = 0.5) -> Face:
    return Face(tuple(map(float, box)), score, "detected")


def test_a_sure_face_is_not_looked_at_again(look):
    sure = detected((10, 10, 190, 190), SURE)
    assert look(picture((20, 20, 60, 70)), [sure], NO_CANDIDATES) == [sure]
    assert look.segmenter.network.calls == 0


def test_the_mirror_image_is_left_out(look):
    look(picture((20, 20, 60, 70)), [detected((20, 20, 60, 70))], NO_CANDIDATES)
    assert look.segmenter.network.calls == 1


def test_a_box_with_a_torso_shrinks_to_the_face(look):
    (face,) = look(picture((80, 20, 130, 90)), [detected((50, 10, 170, 195))], NO_CANDIDATES)
    np.testing.assert_allclose(face.box, (80, 20, 130, 90), atol=2)
    assert (face.score, face.source) == (0.5, "detected")


def test_a_box_that_fits_stays_as_it_is(look):
    fits = detected((78, 18, 133, 93))
    assert look(picture((80, 20, 130, 90)), [fits], NO_CANDIDATES) == [fits]


def test_a_box_without_a_face_gives_way_to_the_best_candidate_that_holds_one(look):
    torso, first, second = (10, 120, 80, 195), (150, 20, 200, 80), (220, 30, 270, 90)
    image = picture(first, second)
    image[110:, :90] = HAIR  # labelled, but no part of a face
    candidates = np.array([[*torso, 0.6], [*second, 0.2], [*first, 0.4]], float)
    assert look(image, [detected(torso, 0.6)], candidates) == [detected(first, 0.4)]


def test_where_nothing_holds_a_face_there_is_none(look):
    torso = detected((10, 120, 80, 195), 0.6)
    candidates = np.array([[*torso.box, 0.6], [200, 100, 250, 150, 0.3]])
    assert look(np.zeros((200, 300, 3), np.uint8), [torso], candidates) == [WHOLE]


@pytest.mark.parametrize(
    ("nose", "lip", "is_face"),
    [(0.06, 0.0, True), (0.04, 0.0, False), (0.02, 0.01, True), (0.0, 0.04, False), (0.01, 0.004, False)],
)
def test_a_face_has_two_inner_parts_or_a_large_one(look, nose, lip, is_face):
    image = np.zeros((200, 300, 3), np.uint8)
    # The square of the crop is whole within it, so that no interpolated pixel has another class.
    image[:, 40:260] = SKIN
    area = 192 * 192
    for label, share, left in ((NOSE, nose, 80), (LIP, lip, 180)):
        side = round((share * area) ** 0.5)
        image[60 : 60 + side, left : left + side] = label
    face = detected((54, 4, 246, 196), 0.6)
    assert look(image, [face], NO_CANDIDATES) == [face if is_face else WHOLE]


def test_the_whole_frame_stays_unless_it_shows_too_little_of_a_face_and_a_candidate_more(look):
    candidate = np.array([[100, 50, 150, 110, 0.2]])
    face = picture((100, 50, 150, 110))
    assert look(face, [WHOLE], candidate) == [WHOLE]
    among_hair = np.where(face, face, np.uint8(HAIR))  # 1,000 of 60,000 labelled pixels are of the nose
    assert look(among_hair, [WHOLE], NO_CANDIDATES) == [WHOLE]
    assert look(among_hair, [WHOLE], candidate)[0].source == "detected"


def test_further_faces_shrink_and_need_a_face(look):
    first, second, torso = (30, 20, 80, 90), (180, 20, 230, 90), (20, 130, 90, 195)
    image = picture(first, second)
    image[110:, :110] = HAIR
    candidates = np.array([[*first, 0.95], [150, 10, 270, 125, 0.5], [*torso, 0.85]], float)
    faces = look(image, [detected(first, 0.95)], candidates)
    assert [face.score for face in faces] == [0.95, 0.5]
    np.testing.assert_allclose(faces[1].box, second, atol=2)


def test_a_further_face_of_a_low_score_or_on_another_one_is_none(look):
    first, second = (30, 20, 80, 90), (180, 20, 230, 90)
    candidates = np.array([[*first, 0.95], [*second, 0.3], [35, 25, 75, 85, 0.9]], float)
    assert look(picture(first, second), [detected(first, 0.95)], candidates) == [detected(first, 0.95)]
