"""Optical flow between two images by OpenCV's DIS (arXiv 1603.03590), and its forward-backward error."""

from typing import NamedTuple

import cv2
import numpy as np

SMALLEST = 12  # pixels: the least side of an image that DIS supports
LOW = 32  # pixels: below this height DIS treats an image as a small one


class Correspondence(NamedTuple):
    """The position of each pixel of an image in another image, (H, W) float32 each.

    Attributes:
        x: The column in the other image.
        y: The row in the other image.
        error: The forward-backward error: the squared distance, in pixels squared, between a pixel and the point to
            which the forward and the backward flow lead it.
    """

    x: np.ndarray
    y: np.ndarray
    error: np.ndarray


def flow_between(first: np.ndarray, second: np.ndarray, preset: int) -> np.ndarray:
    """Estimate the optical flow from one image to another: (H, W, 2) float32, x and y in pixels.

    Args:
        first: A grey image (H, W) uint8, contiguous in memory, with sides of at least SMALLEST pixels.
        second: A grey image of the same size.
        preset: DIS's trade-off of speed and accuracy, one of cv2.DISOPTICAL_FLOW_PRESET_*.
    """
    height, width = first.shape
    if height < LOW and 2 * height < width:
        # DIS sizes small images by their width alone, and reads out of bounds if the height is under half of it.
        first, second = (
            cv2.copyMakeBorder(picture, 0, width // 2 - height, 0, 0, cv2.BORDER_REPLICATE)
            for picture in (first, second)
        )
    flow = cv2.DISOpticalFlow.create(preset).calc(first, second, None)  # type: ignore[call-overload]  # None: no initial flow
    return flow[:height]


def forward_backward_flow(first: np.ndarray, second: np.ndarray, preset: int) -> tuple[np.ndarray, Correspondence]:
    """Estimate the forward flow and the correspondence it gives; the arguments are those of :func:`flow_between`."""
    forward, backward = flow_between(first, second, preset), flow_between(second, first, preset)
    height, width = first.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + forward[..., 0], y + forward[..., 1]
    round_trip = forward + read_at(backward, x, y)
    return forward, Correspondence(x, y, (round_trip**2).sum(axis=-1))


def read_at(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sample an image (H, W) or (H, W, C) bilinearly at points. Outside, the value is that of the nearest edge."""
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
