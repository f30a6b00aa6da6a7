from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from face_parsing.parsing.vote import hard_vote


@given(st.integers(1, 7).flatmap(lambda n: arrays(np.uint8, (n, 4, 5), elements=st.sampled_from([0, 1, 2, 254]))))
def test_the_class_with_most_votes_wins_and_ties_go_to_the_first_voter(label_maps):
    expected = np.zeros((4, 5), np.uint8)
    for pixel in np.ndindex(4, 5):
        # A Counter keeps the order of first votes, and most_common that order among equals.
        expected[pixel] = Counter(label_maps[(slice(None), *pixel)].tolist()).most_common(1)[0][0]
    np.testing.assert_array_equal(hard_vote(list(label_maps)), expected)


def test_more_members_than_eight_bits_count():
    label_maps = [np.zeros((1, 1), np.uint8)] * 255 + [np.ones((1, 1), np.uint8)] * 300
    assert hard_vote(label_maps).item() == 1


def test_members_stay_as_they_are():
    label_maps = [np.full((2, 2), i, np.uint8) for i in (1, 2, 2)]
    hard_vote(label_maps)
    assert [label_map.max() for label_map in label_maps] == [1, 2, 2]
