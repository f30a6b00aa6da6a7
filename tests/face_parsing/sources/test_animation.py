import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.sources.animation import animate, views


@given(st.integers(1, 30), st.integers(8, 600), st.integers(8, 600), st.integers(0, 1000))
def test_no_view_leaves_the_still(frames, height, width, seed):
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], float).T
    seen = views(frames, height, width, np.random.default_rng(seed)) @ corners
    assert (seen >= -0.5 - 1e-6).all()
    assert (seen[:, 0] <= width - 0.5 + 1e-6).all() and (seen[:, 1] <= height - 0.5 + 1e-6).all()


@given(st.integers(8, 30), st.integers(0, 1000))
def test_the_view_moves_slowly(frames, seed):
    seen = views(frames, 480, 640, np.random.default_rng(seed)) @ np.array([320.0, 240.0, 1.0])
    # A wave of one period and 0.45 of what a zoom of 1.5 leaves cannot be faster than this.
    assert np.abs(np.diff(seen, axis=0)).max() < 0.45 * 640 * (1 - 1 / 1.5) * 2 * np.pi / (frames - 1)


def test_ignored_pixels_stay_ignored_and_no_class_is_invented():
    rng = np.random.default_rng(0)
    label_map = np.kron(rng.choice([3, 7, 255], (8, 8)), np.ones((10, 10))).astype(np.uint8)
    image = np.repeat(label_map[..., None], 3, axis=2)
    for _, moved in animate(image, label_map, 6, rng):
        assert set(np.unique(moved)) <= {3, 7, 255}
