import cv2
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from face_parsing.motion.optical_flow import flow_between, forward_backward_flow, read_at

PRESET = cv2.DISOPTICAL_FLOW_PRESET_FAST
SHIFT = np.array([3, -2])


def shifted_pair() -> tuple[np.ndarray, np.ndarray]:
    """Two pieces of one smooth picture: what is at (x, y) of the first is at (x + 3, y - 2) of the other."""
    noise = np.random.default_rng(0).random((120, 140)).astype(np.float32)
    picture = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return picture[20:100, 20:120].copy(), picture[22:102, 17:117].copy()


def test_a_shift_is_found_and_the_way_back_agrees():
    one, other = shifted_pair()
    there, way = forward_backward_flow(one, other, PRESET)
    inside = np.s_[12:-12, 12:-12]
    np.testing.assert_allclose(there[inside], np.broadcast_to(SHIFT, there[inside].shape), atol=0.3)
    np.testing.assert_array_equal(there, flow_between(one, other, PRESET))
    y, x = np.mgrid[: one.shape[0], : one.shape[1]]
    np.testing.assert_allclose(way.x, x + there[..., 0], rtol=1e-6)
    np.testing.assert_allclose(way.y, y + there[..., 1], rtol=1e-6)
    assert way.error[inside].max() < 0.5**2
    np.testing.assert_allclose(read_at(other, way.x, way.y)[inside], one[inside], atol=6)


@pytest.mark.parametrize("width", [40, 200, 320, 1270])  # of which OpenCV's own DIS reads beyond the picture's end
@pytest.mark.parametrize("height", [12, 20, 31])
def test_low_pictures_have_a_flow(height, width):
    one, other = (cv2.resize(picture, (width, height)) for picture in shifted_pair())
    assert np.abs(flow_between(one, one, PRESET)).max() < 0.1
    there, way = forward_backward_flow(one, other, PRESET)
    assert there.shape == (height, width, 2) and way.error.shape == (height, width)
    assert np.isfinite(there).all()


def test_a_shift_is_found_in_a_low_picture():
    one, other = (picture[30:54].copy() for picture in shifted_pair())
    there = flow_between(one, other, PRESET)
    np.testing.assert_allclose(np.median(there[4:-4, 12:-12], axis=(0, 1)), SHIFT, atol=0.3)


@pytest.mark.parametrize("side", [30, 80])  # of small pictures DIS keeps other settings for the next one
def test_the_miss_is_how_far_the_way_back_ends_from_the_start(side):
    one, other = (picture[:side, :side].copy() for picture in shifted_pair())
    other[10:20, 10:20] = one[:10, :10]  # something else
    there, way = forward_backward_flow(one, other, PRESET)
    back = flow_between(other, one, PRESET)
    ways_back = [map_coordinates(back[..., axis], [way.y, way.x], order=1, mode="nearest") for axis in (0, 1)]
    miss = sum((there[..., axis] + ways_back[axis]) ** 2 for axis in (0, 1))
    assert miss.max() > 0.5
    np.testing.assert_allclose(np.sqrt(way.error), np.sqrt(miss), atol=0.1)  # cv2.remap knows 32 places in a pixel
