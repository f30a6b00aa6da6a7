import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.grabcut.refining import refine

COLOURS = np.random.default_rng(0).permutation(np.linspace(20, 235, 20 * 3)).reshape(20, 3)


def picture(label_map: np.ndarray, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 4, (*label_map.shape, 3))
    return np.clip(COLOURS[label_map] + noise, 0, 255).astype(np.uint8)


def ellipse(shape=(120, 160), label=1, center=(80, 60), axes=(40, 30)) -> np.ndarray:
    return cv2.ellipse(np.zeros(shape, np.uint8), center, axes, 0, 0, 360, label, -1)


def error(truth: np.ndarray, label_map: np.ndarray) -> int:
    return int((truth != label_map).sum())


@pytest.mark.parametrize("shift", [(2, 0), (-1, 2)])
def test_a_shifted_boundary_returns_to_the_edge(shift):
    truth = ellipse()
    moved = np.roll(truth, shift, (0, 1))
    refined, failures = refine(picture(truth), moved, [1], band=8, iterations=2, size=160)
    assert failures == 0
    assert error(truth, refined) < 0.2 * error(truth, moved)


def test_larger_faces_are_worked_on_scaled_down_and_still_gain():
    truth = ellipse((480, 640), 1, (320, 240), (160, 120))
    moved = np.roll(truth, (6, 8), (0, 1))
    refined, _ = refine(picture(truth), moved, [1], band=4, iterations=2, size=128)
    assert error(truth, refined) < 0.5 * error(truth, moved)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([40, 400]))
def test_pixels_change_only_near_a_boundary_and_to_a_class_beside_it(seed, band, size):
    rng = np.random.default_rng(seed)
    label_map = np.zeros((70, 90), np.uint8)
    for label in rng.integers(1, 6, 8):
        center, axes = tuple(map(int, rng.integers(10, 70, 2))), tuple(map(int, rng.integers(1, 20, 2)))
        cv2.ellipse(label_map, center, axes, 0, 0, 360, int(label), -1)
    image = rng.integers(0, 256, (70, 90, 3), dtype=np.uint8)
    classes = [1, 2, 3]
    refined, _ = refine(image, label_map, classes, band, 1, size)
    side = max(cv2.boundingRect(label_map)[2:])
    # The nearest pixel of a scaled-down map lies up to a working pixel off.
    reach = band * side / size + 2 * max(side / size, 1)
    changed = refined != label_map
    assert set(refined[changed]) | set(label_map[changed]) <= {0, *classes}
    for label in set(refined[changed]):
        distance = cv2.distanceTransform((label_map != label).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        assert distance[changed & (refined == label)].max() <= reach


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_thin_and_tiny_parts_do_not_vanish(seed):
    rng = np.random.default_rng(seed)
    label_map = ellipse(label=1)
    cv2.line(label_map, (50, 60), (110, 62), 2, 1)
    label_map[40:42, 70:73] = 3
    label_map[50, 90] = 3
    image = rng.integers(0, 256, (*label_map.shape, 3), dtype=np.uint8)
    refined, _ = refine(image, label_map, [1, 2, 3], band=6, iterations=1, size=160)
    for label in (2, 3):
        _, components = cv2.connectedComponents((label_map == label).astype(np.uint8))
        for component in range(1, components.max() + 1):
            assert (refined[components == component] == label).any()


def test_a_part_that_cannot_be_cut_stays_and_is_counted(monkeypatch):
    truth = ellipse(label=1)
    truth[50:60, 60:70] = 2
    moved = np.roll(truth, (0, 2), (0, 1))
    cut = cv2.grabCut

    def cut_large_parts_only(image, trimap, *arguments):
        if trimap.size < 2500:
            raise cv2.error("too small")
        return cut(image, trimap, *arguments)

    monkeypatch.setattr(cv2, "grabCut", cut_large_parts_only)
    refined, failures = refine(picture(truth), moved, [1, 2], band=8, iterations=2, size=160)
    assert failures == 1
    np.testing.assert_array_equal(refined == 2, moved == 2)
    assert error(truth == 1, refined == 1) < error(truth == 1, moved == 1)


def test_other_classes_and_small_faces_stay_as_they_are():
    truth = ellipse(label=1)
    truth[50:70, 60:100] = 4
    moved = np.roll(truth, (0, 3), (0, 1))
    refined, _ = refine(picture(truth), moved, [1], band=8, iterations=1, size=160)
    np.testing.assert_array_equal(refined == 4, moved == 4)
    unchanged, failures = refine(picture(truth), moved, [1, 4], band=1, iterations=1, size=1000)
    np.testing.assert_array_equal(unchanged, moved)
    assert failures == 0


@pytest.mark.parametrize("label", [0, 1])
def test_frames_of_a_single_class_stay_as_they_are(label):
    label_map = np.full((40, 50), label, np.uint8)
    refined, failures = refine(picture(label_map), label_map, [1, 2], band=3, iterations=1, size=50)
    np.testing.assert_array_equal(refined, label_map)
    assert failures == 0


def test_refinement_repeats_whatever_ran_before():
    truth = ellipse()
    moved, image = np.roll(truth, (2, 2), (0, 1)), picture(truth)
    first, _ = refine(image, moved, [1], 5, 2, 160)
    cv2.setRNGSeed(99)
    refine(picture(truth, 7), truth, [1], 5, 2, 160)
    np.testing.assert_array_equal(refine(image, moved, [1], 5, 2, 160)[0], first)
