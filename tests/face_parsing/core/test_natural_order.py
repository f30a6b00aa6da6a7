from hypothesis import given
from hypothesis import strategies as st

from face_parsing.core.natural_order import natural_key

NUMBERS = st.lists(st.integers(0, 10**12), unique=True, max_size=20)


@given(NUMBERS, st.text(max_size=5))
def test_frames_without_leading_zeros_are_in_the_order_of_their_numbers(numbers, prefix):
    prefix = "".join(c for c in prefix if not "0" <= c <= "9")
    names = [f"{prefix}{number}.jpg" for number in sorted(numbers)]
    assert sorted(sorted(names), key=natural_key) == names


@given(NUMBERS)
def test_zero_padded_frames_keep_the_order_of_their_text(numbers):
    names = [f"{number:013d}" for number in numbers]
    assert sorted(names, key=natural_key) == sorted(names)


@given(st.lists(st.text(max_size=8)))
def test_any_names_can_be_compared_and_their_order_does_not_depend_on_how_they_were_listed(names):
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)
