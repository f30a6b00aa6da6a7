import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.segmenter.class_weights import class_weights


@given(st.lists(st.integers(0, 500), min_size=2, max_size=8).filter(any), st.floats(0, 1))
def test_the_mean_weight_of_a_pixel_is_one(counts, class_weight_exponent):
    label_map = np.repeat(np.arange(len(counts)), counts).astype(np.uint8)[None]
    weights = class_weights([label_map], len(counts), class_weight_exponent)
    assert np.average(weights, weights=counts) == pytest.approx(1)


def test_full_balance_gives_every_class_the_same_share():
    label_map = np.array([[0] * 90 + [1] * 9 + [2]], np.uint8)
    weights = class_weights([label_map], 3, 1.0)
    assert np.array(weights) * [90, 9, 1] == pytest.approx([100 / 3] * 3)


def test_no_balance_weighs_all_alike():
    assert class_weights([np.array([[0, 0, 0, 1]], np.uint8)], 2, 0.0) == [1.0, 1.0]


def test_ignored_pixels_do_not_count():
    label_map = np.array([[0, 1, 255, 255]], np.uint8)
    assert class_weights([label_map], 2, 0.7) == pytest.approx([1, 1])


def test_an_absent_class_weighs_as_the_rarest():
    weights = class_weights([np.array([[0] * 9 + [1]], np.uint8)], 3, 0.5)
    assert weights[2] == weights[1] > weights[0]


def test_without_any_class_there_is_no_weight():
    with pytest.raises(ValueError, match="no pixel"):
        class_weights([np.full((2, 2), 255, np.uint8)], 3, 0.5)
