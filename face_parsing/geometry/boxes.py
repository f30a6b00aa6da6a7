"""Areas and overlaps of boxes x1, y1, x2, y2 in pixels, where x2 and y2 are exclusive."""

import numpy as np


def areas(boxes: np.ndarray) -> np.ndarray:
    """The areas of (n, 4) boxes: (n,), in square pixels."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def intersections(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The overlap of every pair of (n, 4) and (m, 4) boxes: (n, m), in square pixels."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.clip(high - low, 0, None).prod(axis=2)


def ious(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair of (n, 4) and (m, 4) boxes of non-zero area: (n, m) float64."""
    shared = intersections(a, b)
    return shared / (areas(a)[:, None] + areas(b)[None] - shared)
