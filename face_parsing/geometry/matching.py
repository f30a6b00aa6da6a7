"""Matching of faces between frames by the overlap of their squares."""

from collections.abc import Sequence

import numpy as np

from face_parsing.geometry.boxes import ious
from face_parsing.geometry.squares import Square

SAME_FACE = 0.2  # lowest IoU of the squares of the same face in two frames


def matching_square(place: Square, others: Sequence[Square]) -> int | None:
    """The index of the square in ``others`` with the highest IoU with ``place``; None if no IoU reaches SAME_FACE.

    >>> matching_square(Square(0, 0, 10), [Square(50, 0, 10), Square(1, 1, 10)])
    1
    """
    corners = np.array([_corners(other) for other in others]).reshape(-1, 4)
    overlaps = ious(np.array([_corners(place)]), corners)[0]
    return int(overlaps.argmax()) if (overlaps >= SAME_FACE).any() else None


def _corners(square: Square) -> list[int]:
    return [square.x, square.y, square.x + square.side, square.y + square.side]
