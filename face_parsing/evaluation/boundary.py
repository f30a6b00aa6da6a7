"""Boundary accuracy F, for all classes of a frame at once.

The official code dilates each class's boundary by a disk. Here boundary pixels are sorted integers instead, one for
each class and pixel, and a disk is a run of integers in each of its rows: a binary search a row says whether a boundary
pixel has a partner in reach, exactly, and nearly all have found theirs after the first few rows.
"""

from dataclasses import dataclass
from itertools import combinations
from math import isqrt

import cv2
import numpy as np

TOLERANCE = 0.008  # of the image diagonal
BEYOND = np.iinfo(np.int64).max  # after every pixel


def matching_radius(shape: tuple[int, int]) -> int:
    """How far apart, in pixels, boundaries match in an image of a shape (H, W): ceil(0.008 * its diagonal)."""
    return int(np.ceil(TOLERANCE * np.linalg.norm(shape)))


def near_boundary(label_map: np.ndarray, radius: int) -> np.ndarray:
    """Where a pixel of another class is within ``radius`` rows and columns, (H, W) bool."""
    around = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return cv2.erode(label_map, around) != cv2.dilate(label_map, around)


def boundary_accuracy(truth: np.ndarray, prediction: np.ndarray, radius: int) -> np.ndarray:
    """F of every class but the background, (256,) float64; 1 for a class that has no boundary in either label map.

    F is the harmonic mean of precision and recall of boundary pixels, matched within a disk of ``radius`` pixels. The
    arguments are label maps, (H, W) uint8. Source: Perazzi et al., DAVIS 2016, section 4; ``f_measure`` in
    davis2017-evaluation.
    """
    ours, theirs = _boundary(prediction, radius), _boundary(truth, radius)
    precision, recall = _matched_share(ours, theirs, radius), _matched_share(theirs, ours, radius)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros(256), where=total > 0)


def boundary_corners(label_map: np.ndarray) -> np.ndarray:
    """Where the 2 x 2 pixels to the right and below are of more than one class, (H, W) bool.

    These are the boundary pixels of one class or another, offset half a pixel to the origin; the last row and column
    look along themselves only. Source: ``_seg2bmap`` in davis2017-evaluation.
    """
    right = label_map[:, :-1] != label_map[:, 1:]
    boundary = np.zeros(label_map.shape, bool)
    boundary[:, :-1] = right
    boundary[:-1] |= label_map[:-1] != label_map[1:]
    boundary[:-1, :-1] |= right[1:]
    return boundary


@dataclass(frozen=True)
class _Boundary:
    """The boundary pixels of every class but the background, by class and place.

    ``pixels`` are sorted int64: class * plane + y * row + x. ``cells`` are where they lie in a coarse grid whose cells
    are a radius wide and high: class * cell_plane + (y / radius + 1) * cell_row + (x / radius + 1).
    """

    labels: np.ndarray
    pixels: np.ndarray
    cells: np.ndarray
    row: int
    cell_row: int
    cell_plane: int


def _boundary(label_map: np.ndarray, radius: int) -> _Boundary:
    height, width = label_map.shape
    # Rows and classes lie a radius apart, so that no run reaches from one into the next; and so do the grid's.
    row = width + radius
    plane = (height + radius) * row
    cell_row = width // radius + 3
    cell_plane = (height // radius + 3) * cell_row
    # On the flat map, since NumPy's nonzero of two dimensions takes ten times as long.
    y, x = np.divmod(np.flatnonzero(boundary_corners(label_map)), label_map.shape[1])
    below, right = np.minimum(y + 1, label_map.shape[0] - 1), np.minimum(x + 1, label_map.shape[1] - 1)
    block = np.stack([label_map[y, x], label_map[y, right], label_map[below, x], label_map[below, right]], axis=1)
    first = block > 0
    for one, other in combinations(range(4), 2):
        first[:, other] &= block[:, other] != block[:, one]
    cell_of = np.arange(max(height, width)) // radius + 1
    places = np.stack([y * row + x, cell_of[y] * cell_row + cell_of[x]])
    which, _ = np.nonzero(first)
    labels = block[first]
    # Pixels are in order already, so that a stable sort by class, in 8 bits, does for the whole.
    order = np.argsort(labels, kind="stable")
    labels = labels[order].astype(np.int64)
    pixels, cells = places[:, which[order]] + labels * np.array([[plane], [cell_plane]])
    return _Boundary(labels, pixels, cells, row, cell_row, cell_plane)


def _matched_share(ours: _Boundary, theirs: _Boundary, radius: int) -> np.ndarray:
    """The share of each class's boundary pixels that have one of ``theirs`` in reach, (256,) float64; 1 of none."""
    others = np.append(theirs.pixels, BEYOND)
    # What lies in reach lies in the same cell or in one beside it.
    near = np.zeros(max(ours.cells.max(initial=0), theirs.cells.max(initial=0)) + 2 * ours.cell_plane, bool)
    for rows in (-1, 0, 1):
        for columns in (-1, 0, 1):
            near[theirs.cells + (rows * ours.cell_row + columns)] = True
    alone = np.flatnonzero(near[ours.cells])
    for step in sorted(range(-radius, radius + 1), key=abs):
        half = isqrt(radius**2 - step**2)
        middle = ours.pixels[alone] + step * ours.row
        alone = alone[~_any_between(others, middle - half, middle + half)]
        if not alone.size:
            break
    matched = near[ours.cells]
    matched[alone] = False
    total = np.bincount(ours.labels, minlength=256)
    return np.divide(np.bincount(ours.labels[matched], minlength=256), total, out=np.ones(256), where=total > 0)


def _any_between(others: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Whether the sorted ``others``, closed by BEYOND, hold a value from ``first`` to ``last``, for each of these."""
    return others[np.searchsorted(others, first)] <= last
