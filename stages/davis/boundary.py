"""Boundary accuracy F, for all classes of a frame at once.

The official code dilates each class's boundary by a disk. Here boundary pixels are sorted integers instead, one for
each class and pixel, and a disk is a run of integers in each of its rows: a binary search a row says whether a boundary
pixel has a partner in reach, exactly, and nearly all have found theirs after the first few rows.
"""

from itertools import combinations
from math import isqrt

import numpy as np

TOLERANCE = 0.008  # of the image diagonal
BEYOND = np.iinfo(np.int64).max  # after every pixel


def matching_radius(shape: tuple[int, int]) -> int:
    """How far apart, in pixels, boundaries match in an image of a shape (H, W): ceil(0.008 * its diagonal)."""
    return int(np.ceil(TOLERANCE * np.linalg.norm(shape)))


def boundary_accuracy(truth: np.ndarray, prediction: np.ndarray, radius: int) -> np.ndarray:
    """F of every class but the background, (256,) float64; 1 for a class that has no boundary in either label map.

    F is the harmonic mean of precision and recall of boundary pixels, matched within a disk of ``radius`` pixels. The
    arguments are label maps, (H, W) uint8. Source: Perazzi et al., DAVIS 2016, section 4; ``f_measure`` in
    davis2017-evaluation.
    """
    # Rows and classes lie a radius apart, so that no run reaches from one into the next.
    height, width = truth.shape
    row = width + radius
    plane = (height + radius) * row
    ours, theirs = _boundary(prediction, row, plane), _boundary(truth, row, plane)
    precision = _matched_share(ours, theirs, radius, row, plane)
    recall = _matched_share(theirs, ours, radius, row, plane)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros(256), where=total > 0)


def boundary_map(label_map: np.ndarray) -> np.ndarray:
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


def _boundary(label_map: np.ndarray, row: int, plane: int) -> np.ndarray:
    """The boundary pixels of every class but the background, sorted int64: class * plane + y * row + x."""
    # On the flat map, since NumPy's nonzero of two dimensions takes ten times as long.
    y, x = np.divmod(np.flatnonzero(boundary_map(label_map)), label_map.shape[1])
    below, right = np.minimum(y + 1, label_map.shape[0] - 1), np.minimum(x + 1, label_map.shape[1] - 1)
    block = np.stack([label_map[y, x], label_map[y, right], label_map[below, x], label_map[below, right]], axis=1)
    first = block > 0
    for one, other in combinations(range(4), 2):
        first[:, other] &= block[:, other] != block[:, one]
    labels, pixels = block[first], np.broadcast_to((y * row + x)[:, None], block.shape)[first]
    # Pixels are in order already, so that a stable sort by class, in 8 bits, does for the whole.
    order = np.argsort(labels, kind="stable")
    return labels[order] * np.int64(plane) + pixels[order]


def _matched_share(pixels: np.ndarray, others: np.ndarray, radius: int, row: int, plane: int) -> np.ndarray:
    """The share of each class's boundary pixels that have one of ``others`` in reach, (256,) float64; 1 of none."""
    others = np.append(others, BEYOND)
    alone = pixels[~_any_between(others, pixels - radius, pixels + radius)]
    near = _any_around(others, alone, radius, row)
    out_of_reach, alone = alone[~near], alone[near]
    for step in sorted(range(-radius, radius + 1), key=abs)[1:]:
        if not alone.size:
            break
        half = isqrt(radius**2 - step**2)
        middle = alone + step * row
        alone = alone[~_any_between(others, middle - half, middle + half)]
    total = np.bincount(pixels // plane, minlength=256)
    unmatched = np.bincount(np.append(alone, out_of_reach) // plane, minlength=256)
    return np.divide(total - unmatched, total, out=np.ones(256), where=total > 0)


def _any_around(others: np.ndarray, pixels: np.ndarray, radius: int, row: int) -> np.ndarray:
    """Whether others lie in the three strips, ``radius`` rows high, around each pixel: none in reach lies elsewhere."""
    pixels, others = ((each // row // radius) * row + each % row for each in (pixels, others[:-1]))
    others = np.append(np.sort(others, kind="stable"), BEYOND)
    near = np.zeros(pixels.shape, bool)
    for strip in (-row, 0, row):
        near |= _any_between(others, pixels + (strip - radius), pixels + (strip + radius))
    return near


def _any_between(others: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Whether the sorted ``others``, closed by BEYOND, hold a value from ``first`` to ``last``, for each of these."""
    return others[np.searchsorted(others, first)] <= last
