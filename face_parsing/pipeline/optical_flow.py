"""Optical flow between two pictures by OpenCV's DIS (arXiv 1603.03590), and where the way back agrees with it."""

from typing import NamedTuple

import cv2
import numpy as np

SMALLEST = 12  # pixels of a picture's shorter side, that DIS takes
LOW = 32  # pixels of a picture's height: below it DIS takes the picture for a small one


class Way(NamedTuple):
    """Where each of a picture's pixels is in another one, (H, W) float32 each.

    Attributes:
        x: To the right.
        y: Down.
        miss: The square of the distance from where it started to where the way back ends.
    """

    x: np.ndarray
    y: np.ndarray
    miss: np.ndarray


def flow_between(one: np.ndarray, other: np.ndarray, preset: int) -> np.ndarray:
    """The steps (H, W, 2) float32 to the right and down from a grey picture (H, W) uint8 to another one.

    Args:
        one: Of SMALLEST pixels a side at least, without gaps in memory.
        other: Of the same size.
        preset: How much care is taken, one of cv2.DISOPTICAL_FLOW_PRESET_*.
    """
    height, width = one.shape
    if height < LOW and 2 * height < width:
        # Of a small picture DIS goes by the width alone, and reads beyond the end of one that is lower than half of it.
        one, other = (
            cv2.copyMakeBorder(picture, 0, width // 2 - height, 0, 0, cv2.BORDER_REPLICATE) for picture in (one, other)
        )
    flow = cv2.DISOpticalFlow.create(preset).calc(one, other, None)  # type: ignore[call-overload]  # None: no start
    return flow[:height]


def there_and_back(one: np.ndarray, other: np.ndarray, preset: int) -> tuple[np.ndarray, Way]:
    """The flow between two pictures, and where it leads; the arguments are those of :func:`flow_between`."""
    there, back = flow_between(one, other, preset), flow_between(other, one, preset)
    height, width = one.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + there[..., 0], y + there[..., 1]
    returned = there + read_at(back, x, y)
    return there, Way(x, y, (returned**2).sum(axis=-1))


def read_at(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What a picture (H, W) or (H, W, C) has at points between its pixels; beyond its edge it has what the edge has."""
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
