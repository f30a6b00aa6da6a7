"""Boundary accuracy F, for all classes of a frame at once.

The official code dilates each class's boundary by a disk. We sort boundary pixels as integers, one per class and pixel.
Each row of a disk is then a range of integers. A binary search per row decides exactly whether a boundary pixel has
a match. Nearly all pixels match within the first few rows.
"""

from dataclasses import dataclass
from itertools import combinations
from math import isqrt

import cv2
import numpy as np

TOLERANCE = 0.008  # of the image diagonal
BEYOND = np.iinfo(np.int64).max  # greater than every pixel


def matching_radius(shape: tuple[int, int]) -> int:
    """Return the matching tolerance in pixels for an image of a shape (H, W): ceil(0.008 * its diagonal)."""
    return int(np.ceil(TOLERANCE * np.linalg.norm(shape)))


def near_boundary(label_map: np.ndarray, radius: int) -> np.ndarray:
    """Return where another class lies within ``radius`` rows and columns, (H, W) bool."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return cv2.erode(label_map, kernel) != cv2.dilate(label_map, kernel)


def boundary_accuracy(truth: np.ndarray, prediction: np.ndarray, radius: int) -> np.ndarray:
    """Compute F of every class but the background, (256,) float64; 1 for a class without a boundary in both label maps.

    F is the harmonic mean of precision and recall of boundary pixels, matched within a disk of ``radius`` pixels. The
    label maps are (H, W) uint8. Source: Perazzi et al., DAVIS 2016, section 4; ``f_measure`` in davis2017-evaluation.
    """
    predicted, true = _boundary(prediction, radius), _boundary(truth, radius)
    precision, recall = _matched_share(predicted, true, radius), _matched_share(true, predicted, radius)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros(256), where=total > 0)


def boundary_corners(label_map: np.ndarray) -> np.ndarray:
    """Return where a pixel and those right of and below it, 2 x 2 pixels, have more than one class, (H, W) bool.

    These are the boundary pixels of all classes, shifted by half a pixel towards the origin. In the last row and column
    only the neighbour along the edge counts. Source: ``_seg2bmap`` in davis2017-evaluation.
    """
    right = label_map[:, :-1] != label_map[:, 1:]
    boundary = np.zeros(label_map.shape, bool)
    boundary[:, :-1] = right
    boundary[:-1] |= label_map[:-1] != label_map[1:]
    boundary[:-1, :-1] |= right[1:]
    return boundary


@dataclass(frozen=True)
class _Boundary:
    """The boundary pixels of every class but the background, sorted by class and position.

    ``pixels`` are sorted int64: class * plane + y * row + x. ``cells`` are their cells in a coarse grid with cells of
    radius x radius pixels: class * cell_plane + (y / radius + 1) * cell_row + (x / radius + 1).
    """

    labels: np.ndarray
    pixels: np.ndarray
    cells: np.ndarray
    row: int
    cell_row: int
    cell_plane: int


def _boundary(label_map: np.ndarray, radius: int) -> _Boundary:
    height, width = label_map.shape
    # Rows and classes lie a radius apart, so that no range reaches into the next one. The same holds for the grid.
    row = width + radius
    plane = (height + radius) * row
    cell_row = width // radius + 3
    cell_plane = (height // radius + 3) * cell_row
    # NumPy's nonzero takes ten times as long in two dimensions.
    y, x = np.divmod(np.flatnonzero(boundary_corners(label_map)), label_map.shape[1])
    below, right = np.minimum(y + 1, label_map.shape[0] - 1), np.minimum(x + 1, label_map.shape[1] - 1)
    block = np.stack([label_map[y, x], label_map[y, right], label_map[below, x], label_map[below, right]], axis=1)
    first = block > 0
    for a, b in combinations(range(4), 2):
        first[:, b] &= block[:, b] != block[:, a]
    cell_of = np.arange(max(height, width)) // radius + 1
    positions = np.stack([y * row + x, cell_of[y] * cell_row + cell_of[x]])
    rows, _ = np.nonzero(first)
    labels = block[first]
    # Pixels are already in order, so a stable sort by the 8-bit class is enough.
    order = np.argsort(labels, kind="stable")
    labels = labels[order].astype(np.int64)
    pixels, cells = positions[:, rows[order]] + labels * np.array([[plane], [cell_plane]])
    return _Boundary(labels, pixels, cells, row, cell_row, cell_plane)


def _matched_share(boundary: _Boundary, others: _Boundary, radius: int) -> np.ndarray:
    """Return each class's share of boundary pixels that match one of ``others``, (256,) float64; 1 for none."""
    targets = np.append(others.pixels, BEYOND)
    # A match lies in the same cell or in a neighbouring one.
    near = np.zeros(max(boundary.cells.max(initial=0), others.cells.max(initial=0)) + 2 * boundary.cell_plane, bool)
    for rows in (-1, 0, 1):
        for columns in (-1, 0, 1):
            near[others.cells + (rows * boundary.cell_row + columns)] = True
    unmatched = np.flatnonzero(near[boundary.cells])
    for step in sorted(range(-radius, radius + 1), key=abs):
        half = isqrt(radius**2 - step**2)
        middle = boundary.pixels[unmatched] + step * boundary.row
        unmatched = unmatched[~_any_between(targets, middle - half, middle + half)]
        if not unmatched.size:
            break
    matched = near[boundary.cells]
    matched[unmatched] = False
    total = np.bincount(boundary.labels, minlength=256)
    return np.divide(np.bincount(boundary.labels[matched], minlength=256), total, out=np.ones(256), where=total > 0)


def _any_between(targets: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return whether the sorted ``targets``, which end with BEYOND, contain a value from ``first`` to ``last``."""
    return targets[np.searchsorted(targets, first)] <= last
