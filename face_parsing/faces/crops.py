"""The square cut around a face, and the way back into the frame; whole pixels, so that nothing is lost on the way."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from face_parsing.pipeline.resizing import resized_image

# Of a crop's side in pixels: a larger square is brought to it, which bounds the memory that a face takes.
LARGEST = 4096


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


def cut(
    image: np.ndarray,
    square: Square,
    pad_value: int,
    resized: Callable[[np.ndarray, tuple[int, int]], np.ndarray] = resized_image,
) -> np.ndarray:
    """The square's pixels, (s, s) or (s, s, 3) like the image, s its side or LARGEST if that is less.

    Args:
        image: (H, W, 3), or a label map (H, W).
        square: what is cut out.
        pad_value: the pixels' where it leaves the frame.
        resized: how a larger square's pixels are brought to LARGEST, for an image or for a label map.
    """
    side = crop_side(square)
    crop = np.full((side, side, *image.shape[2:]), pad_value, image.dtype)
    in_frame, in_crop = _overlap(image, square)
    piece = image[in_frame]
    if side < square.side and piece.size:
        in_crop = _shrunk(in_crop[0], square.side), _shrunk(in_crop[1], square.side)
        rows, columns = (part.stop - part.start for part in in_crop)
        piece = resized(piece, (columns, rows))
    crop[in_crop] = piece
    return crop


def crop_side(square: Square) -> int:
    """The side in pixels of a square's crop."""
    return min(square.side, LARGEST)


def paste(canvas: np.ndarray, label_map: np.ndarray, square: Square) -> None:
    """Write a crop's label map into the frame's (H, W), in place, where :func:`cut` took it from.

    It is (s, s), as large as the crop; where that is smaller than the square, each pixel takes its nearest class.

    Its background (0) leaves the canvas as it is, so that a face pasted later does not wipe out one that its square
    overlaps. Paste in ascending order of score: where faces themselves overlap, the surer one stays.
    """
    in_frame, in_crop = _overlap(canvas, square)
    if len(label_map) == square.side:
        piece = label_map[in_crop]
    else:
        piece = label_map[np.ix_(_nearest(in_crop[0], square.side), _nearest(in_crop[1], square.side))]
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


def _shrunk(part: slice, side: int) -> slice:
    """All pixels of the crop that a part of a square of more than LARGEST pixels a side lies in, if by a share."""
    return slice(part.start * LARGEST // side, -(-part.stop * LARGEST // side))


def _nearest(part: slice, side: int) -> np.ndarray:
    """The crop's pixel at each pixel of a part of such a square, (n,) int64."""
    return ((np.arange(part.start, part.stop) + 0.5) * LARGEST / side).astype(int)
