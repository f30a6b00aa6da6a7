"""Cropping of squares around faces and pasting of label maps. Squares are whole pixels, so pasting is lossless."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from face_parsing.core.parameters import Section
from face_parsing.imaging.resizing import resized_image

# Largest side of a crop in pixels. Larger squares are shrunk to it, which bounds the memory per face.
LARGEST = 4096


class Crop(Section):
    """How the square around a face is cropped.

    Attributes:
        margin: Margin around the box on every side, as a share of the box's longer side.
        pad_value: Value of the crop's pixels outside the frame, 0 to 255.
    """

    margin: Annotated[float, Field(ge=0, le=2)]
    pad_value: Annotated[int, Field(ge=0, le=255)]


@dataclass(frozen=True)
class Square:
    """A square of ``side`` pixels whose top left pixel is (x, y) of the frame. It may extend outside the frame."""

    x: int
    y: int
    side: int


def square(box: Sequence[float], margin: float) -> Square:
    """The square around a box's center, rounded outwards to whole pixels.

    Args:
        box: x1, y1, x2, y2 in pixels. It may lie outside the frame.
        margin: Margin beyond both ends of the box's longer side, as a share of that side.
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
    """Crop a square.

    Args:
        image: (H, W, 3), or a label map (H, W).
        square: The square that is cropped.
        pad_value: Value of the crop's pixels outside the image.
        resized: Resizes the pixels of a square larger than LARGEST: ``resized_image`` or ``resized_labels``.

    Returns:
        (s, s) or (s, s, 3) like the image, where s is the lesser of the square's side and LARGEST.
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
    """The side of a square's crop in pixels."""
    return min(square.side, LARGEST)


def paste(canvas: np.ndarray, label_map: np.ndarray, square: Square) -> None:
    """Write a crop's label map into the frame's label map, in place.

    Background (0) is not pasted, so a square does not erase the faces that it overlaps. Paste in ascending order of
    score: where faces overlap, the face with the higher score stays.

    Args:
        canvas: (H, W), the frame's label map.
        label_map: (s, s), of the size that :func:`cut` gives. If it is smaller than the square, each pixel of the frame
            takes the nearest class.
        square: The square that the crop was cut from.
    """
    in_frame, piece = _piece(canvas, label_map, square)
    np.copyto(canvas[in_frame], piece, where=piece != 0)


def merge(
    canvas: np.ndarray,
    values: np.ndarray,
    square: Square,
    combined: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> None:
    """Combine a crop's values with the frame's, in place.

    Args:
        canvas: (H, W), the frame's values.
        values: (s, s), of the size that :func:`cut` gives.
        square: The square that the crop was cut from.
        combined: Combines the frame's and the crop's values where they overlap, such as ``np.maximum``.
    """
    in_frame, piece = _piece(canvas, values, square)
    canvas[in_frame] = combined(canvas[in_frame], piece)


def _piece(canvas: np.ndarray, values: np.ndarray, square: Square) -> tuple[tuple[slice, slice], np.ndarray]:
    """Where a crop lies in the frame, and its values there."""
    in_frame, in_crop = _overlap(canvas, square)
    if len(values) == square.side:
        return in_frame, values[in_crop]
    return in_frame, values[np.ix_(_nearest(in_crop[0], square.side), _nearest(in_crop[1], square.side))]


def _overlap(frame: np.ndarray, square: Square) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The overlap of frame and square as (rows, columns) of both. Without overlap they are empty."""
    rows, crop_rows = _shared(square.y, square.side, frame.shape[0])
    columns, crop_columns = _shared(square.x, square.side, frame.shape[1])
    return (rows, columns), (crop_rows, crop_columns)


def _shared(start: int, side: int, length: int) -> tuple[slice, slice]:
    """The overlap along one axis of ``side`` pixels from ``start`` with a frame, in frame and in square coordinates."""
    low, high = (min(max(edge, 0), length) for edge in (start, start + side))
    return slice(low, high), slice(low - start, high - start)


def _shrunk(part: slice, side: int) -> slice:
    """The pixels of a shrunk crop that a part of its square covers, at least in part."""
    return slice(part.start * LARGEST // side, -(-part.stop * LARGEST // side))


def _nearest(part: slice, side: int) -> np.ndarray:
    """The nearest pixel of a shrunk crop for each pixel of a part of its square, (n,) int64."""
    return ((np.arange(part.start, part.stop) + 0.5) * LARGEST / side).astype(int)
