import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.metrics.boundary import boundary_accuracy, boundary_corners
from face_parsing.metrics.region import confusion_matrix, region_similarity
from face_parsing.metrics.scoring import score_clip, summarise
from face_parsing.metrics.statistics import clip_statistics
from tests.face_parsing.metrics import official

CLASSES = (1, 2, 7, 254)


def draw_label_map(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Boxes, which may touch the border or cover all, and single pixels, of classes with gaps."""
    label_map = np.zeros(shape, np.uint8)
    height, width = shape
    for _ in range(rng.integers(0, 6)):
        y, x = rng.integers(0, height), rng.integers(0, width)
        box = slice(y, y + rng.integers(1, height + 1)), slice(x, x + rng.integers(1, width + 1))
        label_map[box] = rng.choice([0, *CLASSES])
    for _ in range(rng.integers(0, 4)):
        label_map[rng.integers(0, height), rng.integers(0, width)] = rng.choice(CLASSES)
    return label_map


SHAPES = st.one_of(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.just(1), st.integers(1, 600)),
    st.tuples(st.integers(1, 600), st.just(1)),
    st.tuples(st.integers(100, 300), st.integers(100, 300)),
)


@settings(max_examples=150)
@given(SHAPES, st.integers(0, 2**32 - 1), st.sampled_from([0, 0.02, 0.4]))
def test_every_class_scores_as_the_official_code_says(shape, seed, ignored_share):
    rng = np.random.default_rng(seed)
    truth, prediction = draw_label_map(rng, shape), draw_label_map(rng, shape)
    ignored = rng.random(shape) < ignored_share
    truth[ignored] = 255
    score = score_clip("clip", [("0", truth, prediction)], "both", skip_ends=False)
    counted = (set(truth[~ignored]) | set(prediction[~ignored])) - {0}
    assert set(score.classes) == counted
    for i, j, f in zip(score.classes, score.j[:, 0], score.f[:, 0], strict=True):
        masks = truth == i, prediction == i, ignored
        assert j == pytest.approx(official.region(*masks), abs=1e-12)
        assert f == pytest.approx(official.boundary(*masks), abs=1e-12)


def test_boundary_matches_brute_force_distances_on_noise():
    rng = np.random.default_rng(3)
    truth, prediction = (rng.random((2, 60, 64)) < 0.05).astype(np.uint8) * rng.integers(1, 3, (60, 64), dtype=np.uint8)
    prediction[:, 40:] = 0
    radius = 3
    accuracy = boundary_accuracy(truth, prediction, radius)
    for i in (1, 2):
        theirs, ours = (np.argwhere(official.boundary_pixels(m == i)) for m in (truth, prediction))
        near = ((theirs[:, None] - ours[None]) ** 2).sum(-1) <= radius**2
        precision, recall = near.any(0).mean(), near.any(1).mean()
        assert accuracy[i] == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-12)


@pytest.mark.parametrize("offset, expected", [((5, 0), 1), ((3, 4), 1), ((4, 4), 0), ((6, 0), 0), ((-5, 0), 1)])
def test_pixels_match_up_to_the_radius_and_no_further(offset, expected):
    # A single pixel's boundary is a 2 x 2 block; two of them a block apart touch neither row nor column of the other.
    truth, prediction = np.zeros((2, 60, 60), np.uint8)
    truth[30, 30] = prediction[30 + offset[0], 30 + offset[1]] = 9
    corner = boundary_corners(truth), boundary_corners(prediction)
    distances = np.sqrt(((np.argwhere(corner[0])[:, None] - np.argwhere(corner[1])[None]) ** 2).sum(-1))
    share = (distances.min(0) <= 5).mean()
    assert boundary_accuracy(truth, prediction, 5)[9] == pytest.approx(share)
    assert (share == 1) == bool(expected)


def test_both_empty_is_perfect_and_one_empty_is_zero():
    empty, full = np.zeros((2, 20, 20), np.uint8)
    full[5:9, 5:9] = 3
    for truth, prediction, expected in [(empty, empty, 1), (empty, full, 0), (full, empty, 0), (full, full, 1)]:
        assert region_similarity(confusion_matrix(truth, prediction))[3] == expected
        assert boundary_accuracy(truth, prediction, 1)[3] == expected


@settings(max_examples=60)
@given(st.integers(4, 256), st.integers(0, 2**32 - 1))
def test_statistics_are_the_official_ones_up_to_256_frames(frames, seed):
    values = np.random.default_rng(seed).random(frames)
    assert clip_statistics(values) == pytest.approx(official.statistics(values), abs=1e-12)


def test_decay_of_long_clips_compares_first_and_last_quarter():
    values = np.r_[np.ones(250), np.full(500, 0.5), np.zeros(250)]
    assert clip_statistics(values).decay == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_have_no_decay_and_are_left_out_of_its_mean(frames):
    assert np.isnan(clip_statistics(np.linspace(1, 0, frames)).decay)
    mask = np.ones((8, 8), np.uint8)
    mask[:4] = 0
    short = score_clip("short", [(str(i), mask, mask) for i in range(frames)], "truth", skip_ends=False)
    fading = [(str(i), mask, mask if i < 4 else np.zeros_like(mask)) for i in range(8)]
    numbers, without_decay = summarise([short, score_clip("long", fading, "truth", skip_ends=False)])
    assert without_decay == 1
    # Quarters share frames 0 to 2 and 5 to 7 of 8: all right, all wrong.
    assert numbers["J_decay"] == numbers["F_decay"] == 1
    assert numbers["J_mean"] == numbers["JF"] == 0.75
    assert summarise([short])[0]["J_decay"] is None


def test_classes_of_the_prediction_alone_count_only_if_asked():
    truth, prediction = np.ones((2, 10, 10), np.uint8)
    prediction[:, 5:] = 2
    frames = [("0", truth, prediction)]
    assert score_clip("clip", frames, "truth", skip_ends=False).classes == (1,)
    assert score_clip("clip", frames, "both", skip_ends=False).classes == (1, 2)


def test_ignored_pixels_count_for_nobody():
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, (40, 50), dtype=np.uint8)
    prediction = rng.integers(0, 3, (40, 50), dtype=np.uint8)
    truth[:, 20:] = 255
    other = prediction.copy()
    other[:, 20:] = rng.integers(0, 9, (40, 30))
    one, two = (score_clip("clip", [("0", truth, p)], "both", skip_ends=False) for p in (prediction, other))
    assert one.classes == two.classes == (1, 2)
    np.testing.assert_array_equal([one.j, one.f], [two.j, two.f])


def test_skipped_ends_do_not_score():
    right, wrong = np.ones((2, 10, 10), np.uint8)
    wrong[:, 5:] = 0
    frames = [("0", right, wrong), ("1", right, right), ("2", right, wrong)]
    score = score_clip("clip", frames, "truth", skip_ends=True)
    assert score.frames == ("1",)
    assert score.j.tolist() == [[1.0]]


def test_confusion_counts_a_pair_by_truth_and_prediction():
    truth, prediction = np.array([[4, 4, 4, 5, 5, 0]], np.uint8), np.array([[5, 5, 4, 4, 5, 4]], np.uint8)
    score = score_clip("clip", [("0", truth, prediction)], "truth", skip_ends=False, pairs=[(4, 5), (2, 3)])
    assert score.confusion.tolist() == [[[[1, 2], [1, 1]], [[0, 0], [0, 0]]]]
