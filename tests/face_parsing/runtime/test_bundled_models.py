"""What the models in the box make of pictures that are rendered, but of people whom they never saw."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.faces.boxes import face_boxes
from face_parsing.geometry.boxes import ious
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.people.identity import LAST_TONE, skin_tone
from face_parsing.synthetic.script import Script, draw_script
from face_parsing.synthetic.video import render

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))
ONCE = PerSplit(train=1, val=1, test=1)
UNTRAINED_SEED = 2000
IN_PLAIN_LIGHT = DomainRandomization(people=1.0, occluders=0.0, lights=0.0, scenery=1.0, camera=0.0, framing=0.0)
CLIPS = RenderedClips(count=ONCE, frames=ONCE, width=320, height=320, domain_randomization=IN_PLAIN_LIGHT)
EASY = dict(small_faces=0.0, smallest_face=0.5, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
PEOPLE, PAIRS = range(6), range(12)


@pytest.fixture(scope="module")
def face_parser() -> FaceParser:
    return FaceParser()


def portrait(person: int, yaw: float) -> Script:
    """A person whose upright head is turned by ``yaw`` degrees."""
    script = draw_script(Synthetic(seed=UNTRAINED_SEED, **EASY), CLIPS, "test", person)
    turn, upright = np.deg2rad([yaw]), np.zeros(1)
    motion = replace(script.motion, yaw=turn, pitch=upright, roll=upright, body_yaw=turn / 2)
    return replace(script, motion=motion, face_height=190.0)


def picture(script: Script) -> tuple[np.ndarray, np.ndarray]:
    return next(render(script, LABELS))


def true_box(label_map: np.ndarray) -> np.ndarray:
    return face_boxes(label_map, LABELS, excluded=(), min_area=12)[:1]


def right(predictions: list[np.ndarray], truths: list[np.ndarray]) -> float:
    """The share of the faces' pixels, over all pictures, that have their own class."""
    prediction, truth = np.concatenate(predictions), np.concatenate(truths)
    return float(np.mean(prediction[truth > 0] == truth[truth > 0]))


@pytest.mark.parametrize("yaw", [-85, 0, 85])
def test_faces_are_found_and_parsed_whichever_way_they_look(face_parser, yaw):
    images, truths = zip(*[picture(portrait(person, yaw)) for person in PEOPLE], strict=True)
    parsed = [face_parser(image, color="bgr") for image in images]
    for result, truth in zip(parsed, truths, strict=True):
        faces = result.faces
        assert [face.source for face in faces] == ["detected"]
        assert ious(np.array([faces[0].box]), true_box(truth)) > 0.5
    assert right([result.label_map for result in parsed], list(truths)) > 0.75


def test_two_people_side_by_side_are_both_found_each_in_their_place(face_parser):
    predictions, truths, both = [], [], 0
    for person in PAIRS:
        pair = [picture(portrait(person, 0)), picture(portrait(person + 6, 20))]
        image, truth = (np.hstack(parts) for parts in zip(*pair, strict=True))
        result = face_parser(image, color="bgr")
        faces = result.faces
        expected = [true_box(pair[0][1])[0], true_box(pair[1][1])[0] + [CLIPS.width, 0, CLIPS.width, 0]]
        overlap = ious(np.array([face.box for face in faces]), np.array(expected))
        both += len(faces) == 2 and sorted(overlap.argmax(axis=1)) == [0, 1] and bool((overlap.max(axis=1) > 0.5).all())
        predictions.append(result.label_map)
        truths.append(truth)
    assert both >= len(PAIRS) * 5 / 6
    assert right(predictions, truths) > 0.75


@pytest.mark.parametrize(("share", "least"), [(0.08, 5), (0.15, 7), (0.4, 7), (0.8, 7), (1.1, 7), (1.3, 6)])
def test_faces_are_found_at_sizes_from_a_twelfth_of_the_frame_to_more_than_all_of_it(face_parser, share, least):
    scripts = [replace(portrait(person, 10), face_height=share * CLIPS.height) for person in range(8)]
    assert sum(is_found(face_parser, *picture(script)) for script in scripts) >= least


def test_dark_faces_are_found_before_what_has_their_colour(face_parser):
    found = 0
    for person in range(8):
        rng = np.random.default_rng(person)
        skin = skin_tone(LAST_TONE * rng.uniform(0.8, 1.0))
        light = rng.uniform(0.5, 1.1) * (1 + 0.1 * rng.standard_normal((400, 400, 1)))
        backdrop = cv2.GaussianBlur(np.clip(skin[::-1] * light, 0, 255).astype(np.uint8), (0, 0), 3)
        script = portrait(person, 10)
        dark = replace(script.identity, skin=skin, cloth=skin * rng.uniform(0.3, 1.0), hair_color=np.full(3, 20.0))
        found += is_found(face_parser, *picture(replace(script, identity=dark, backdrop=backdrop)))
    assert found >= 7


def test_torsos_and_backgrounds_are_no_faces(face_parser):
    pictures = []
    for person in range(12):
        script = portrait(person, 10)
        image, label_map = picture(script)
        chin = np.flatnonzero((label_map > 0).any(axis=1))[-1] + 1
        pictures.append(np.ascontiguousarray(script.backdrop[: CLIPS.height, : CLIPS.width]))
        if chin < CLIPS.height - 60:
            pictures.append(np.ascontiguousarray(image[chin:]))
    detected = [
        face for image in pictures for face in face_parser(image, color="bgr").faces if face.source == "detected"
    ]
    assert len(pictures) >= 16 and len(detected) <= 1


def is_found(face_parser: FaceParser, image: np.ndarray, truth: np.ndarray) -> bool:
    boxes = [face.box for face in face_parser(image, color="bgr").faces if face.source == "detected"]
    return bool(boxes and len(true_box(truth)) and (ious(np.array(boxes), true_box(truth)) > 0.5).any())


def test_where_nobody_is_the_answer_says_so(face_parser):
    result = face_parser(np.full((320, 320, 3), (180, 120, 60), np.uint8), color="bgr")
    assert [face.source for face in result.faces] == ["whole_frame"]
