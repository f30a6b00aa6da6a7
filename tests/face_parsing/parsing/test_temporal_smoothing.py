import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.geometry.squares import Square
from face_parsing.parsing.compositing import Prediction, in_steps
from face_parsing.parsing.parameters import TemporalSmoothing
from face_parsing.parsing.temporal_smoothing import face_views, fused, smooth_votes, sureness, warped
from face_parsing.parsing.vote import vote

SIDE = 64
PLACE = Square(20, 20, SIDE)
MODES = {mode: TemporalSmoothing(mode=mode, strength=1.0, reach=2) for mode in ("causal", "both")}


def picture(seed: int = 0) -> np.ndarray:
    """A frame with something to follow everywhere."""
    noise = np.random.default_rng(seed).integers(0, 256, (110, 120, 3), np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.5).astype(float)
    return np.clip((blurred - 128) * 5 + 128, 0, 255).astype(np.uint8)


def probabilities(x: int, sure: float = 0.9) -> np.ndarray:
    """Of three classes: a disk of class 1 about column x, of class 2 around it, in a square of PLACE's size."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    label_map = 2 - ((columns - x) ** 2 + (rows - 32) ** 2 < 12**2).astype(int)
    return np.where(np.arange(3)[:, None, None] == label_map, sure, (1 - sure) / 2)


def votes(images, scored, mode: str) -> list[np.ndarray]:
    """The smoothed label maps of a clip of one face, whose square and probabilities are given by frame."""
    frames = [
        (image, [Prediction(np.zeros(image.shape[:2], np.uint8), in_steps(of_frame))])
        for image, of_frame in zip(images, scored, strict=True)
    ]
    smoothed = list(smooth_votes(frames, MODES[mode], 114))
    for (image, _), (original, _) in zip(smoothed, frames, strict=True):
        assert image is original
    return [prediction.label_map for _, prediction in smoothed]


def alone(scored) -> np.ndarray:
    return vote([Prediction(np.zeros((110, 120), np.uint8), in_steps(scored))], "soft").label_map


@pytest.mark.parametrize("mode", MODES)
def test_an_unsure_frame_takes_what_sure_neighbours_say(mode):
    said = [[(PLACE, probabilities(32))] for _ in range(5)]
    said[2] = [(PLACE, probabilities(14, sure=0.4))]
    label_maps = votes([picture()] * 5, said, mode)
    assert not np.array_equal(alone(said[2]), alone(said[0]))
    for label_map in label_maps:
        np.testing.assert_array_equal(label_map, alone(said[0]))


@pytest.mark.parametrize("mode", MODES)
def test_what_moves_is_moved_along(mode):
    images = [np.roll(picture(), 2 * i, axis=1) for i in range(4)]
    said = [[(PLACE, probabilities(26 + 2 * i))] for i in range(4)]
    said[2] = [(PLACE, probabilities(50, sure=0.4))]
    (expected,) = [alone([(PLACE, probabilities(30))])]
    found = votes(images, said, mode)[2]
    assert (found != expected).mean() < 0.01 < (alone(said[2]) != expected).mean()


@pytest.mark.parametrize("mode", MODES)
def test_a_clip_that_agrees_with_itself_stays_as_it_is(mode):
    said = [[(PLACE, probabilities(32))] for _ in range(4)]
    for label_map in votes([picture()] * 4, said, mode):
        np.testing.assert_array_equal(label_map, alone(said[0]))


@pytest.mark.parametrize("mode", MODES)
def test_a_cut_does_no_harm_to_the_frames_after_it(mode):
    images = [picture(0)] * 3 + [picture(7)] * 3
    said = [[(PLACE, probabilities(20))]] * 3 + [[(PLACE, probabilities(44, sure=0.6))]] * 3
    for label_map, of_frame in zip(votes(images, said, mode), said, strict=True):
        np.testing.assert_array_equal(label_map, alone(of_frame))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sure", [0.5, 1.0])
def test_a_frame_of_noise_does_no_harm_to_the_frames_after_it(mode, sure):
    noise = np.random.default_rng(3).integers(0, 256, (110, 120, 3), np.uint8)
    images = [picture(), picture(), noise, picture(), picture()]
    said = [[(PLACE, probabilities(32, sure=0.6))] for _ in range(5)]
    said[2] = [(PLACE, probabilities(50, sure=sure))]
    for number, label_map in enumerate(votes(images, said, mode)):
        if number != 2:
            np.testing.assert_array_equal(label_map, alone(said[0]))


@pytest.mark.parametrize("mode", MODES)
def test_faces_are_their_own_and_come_and_go(mode):
    other = Square(70, 30, 40)
    small = cv2.resize(probabilities(32).transpose(1, 2, 0), (40, 40)).transpose(2, 0, 1)
    said = [[], [(PLACE, probabilities(32))], [(other, small), (PLACE, probabilities(32))], [(other, small)], []]
    for label_map, of_frame in zip(votes([picture()] * 5, said, mode), said, strict=True):
        np.testing.assert_array_equal(label_map, alone(of_frame))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_clip_of_any_length_comes_whole_and_in_order(mode, count):
    images = [picture(i) for i in range(count)]
    said = [[(PLACE, probabilities(10 + 5 * i))] for i in range(count)]
    found = votes(images, said, mode)
    assert len(found) == count
    for label_map, of_frame in zip(found, said, strict=True):
        np.testing.assert_array_equal(label_map, alone(of_frame))


def test_the_causal_mode_gives_a_frame_before_it_takes_the_next():
    taken = []

    def frames():
        for i in range(3):
            taken.append(i)
            yield picture(), [Prediction(np.zeros((110, 120), np.uint8), in_steps([(PLACE, probabilities(32))]))]

    for number, _ in enumerate(smooth_votes(frames(), MODES["causal"], 114)):
        assert taken == list(range(number + 1))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(0, 4))
def test_a_mixture_is_the_weighted_mean_pixel_by_pixel(seed, classes, count):
    rng = np.random.default_rng(seed)
    faces = rng.dirichlet(np.ones(classes), (count + 1, 3, 4)).transpose(0, 3, 1, 2)
    weights = rng.uniform(0, 2, (count, 3, 4)) * (rng.random((count, 3, 4)) < 0.7)
    found = fused(faces[0], list(zip(faces[1:], weights, strict=True)))
    np.testing.assert_allclose(found.sum(axis=0), 1)
    for y, x in np.ndindex(3, 4):
        shares = [1.0, *weights[:, y, x]]
        sure = [max(1 + (p * np.log(p)).sum() / np.log(classes), 1e-3) for p in faces[:, :, y, x]]
        expected = sum(w * c * p for w, c, p in zip(shares, sure, faces[:, :, y, x], strict=True))
        np.testing.assert_allclose(found[:, y, x], expected / np.dot(shares, sure), rtol=1e-4)


def test_sureness_is_0_of_all_classes_alike_and_1_of_one_alone():
    alike, one = np.full((4, 1, 1), 0.25), np.eye(4)[:, :1, None]
    assert sureness(alike)[0, 0] == pytest.approx(1e-3)
    assert sureness(one)[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("side", [1, 4, 16])
def test_tiny_faces_are_no_fault(side):
    faces = [(Square(30, 30, 9), np.full((3, side, side), 1 / 3, np.float32))]
    (view,) = face_views(picture(), faces, 114)
    found, trusted = warped(view, view)
    assert found.shape == (3, side, side) and trusted.shape == (side, side)
