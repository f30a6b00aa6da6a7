"""The square cut around a face, and the way back into the frame; whole pixels, so that nothing is lost on the way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Square:
    """A square of ``side`` pixels whose top left pixel is (x, y) of the frame; it may reach outside the frame."""

    x: int
    y: int
    side: int


def square(box: Sequence[float], margin: float) -> Square:
    """The square around a box's centre that keeps ``margin`` of the box's longer side beyond it on that side's ends.

    The box x1, y1, x2, y2 (pixels) may lie anywhere, also outside the frame; the square always holds the grown box.
    """
    x1, y1, x2, y2 = box
    half = max(x2 - x1, y2 - y1) * (0.5 + margin)
    left, top = math.floor((x1 + x2) / 2 - half), math.floor((y1 + y2) / 2 - half)
    right, bottom = math.ceil((x1 + x2) / 2 + half), math.ceil((y1 + y2) / 2 + half)
    return Square(left, top, max(right - left, bottom - top, 1))


def cut(image: np.ndarray, square: Square, pad_value: int) -> np.ndarray:
    """The square's pixels, (side, side) or (side, side, 3) like the image; ``pad_value`` where it leaves the frame."""
    crop = np.full((square.side, square.side, *image.shape[2:]), pad_value, image.dtype)
    in_frame, in_crop = _overlap(image, square)
    crop[in_crop] = image[in_frame]
    return crop


def paste(canvas: np.ndarray, label_map: np.ndarray, square: Square) -> None:
    """Write a crop's (side, side) label map into the frame's (H, W), in place, where :func:`cut` took it from.

    Its background (0) leaves the canvas as it is, so that a face pasted later does not wipe out one that its square
    overlaps. Paste in ascending order of score: where faces themselves overlap, the surer one stays.
    """
    in_frame, in_crop = _overlap(canvas, square)
    piece = label_map[in_crop]
    np.copyto(canvas[in_frame], piece, where=piece != 0)


def _overlap(frame: np.ndarray, square: Square) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where frame and square overlap, as (rows, columns) of the frame and of the crop; empty slices if nowhere."""
    rows, crop_rows = _shared(square.y, square.side, frame.shape[0])
    columns, crop_columns = _shared(square.x, square.side, frame.shape[1])
    return (rows, columns), (crop_rows, crop_columns)


def _shared(start: int, side: int, length: int) -> tuple[slice, slice]:
    """Along one axis: what ``side`` pixels from ``start`` on share with a frame, counted in the frame and in them."""
    low, high = (min(max(edge, 0), length) for edge in (start, start + side))
    return slice(low, high), slice(low - start, high - start)
