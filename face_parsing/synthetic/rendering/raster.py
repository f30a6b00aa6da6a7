"""A scanline rasterizer with a z-buffer, for meshes of many small triangles."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hits:
    """The front-most triangle at every covered pixel, one row for each pixel.

    Attributes:
        pixel: (P,) int64 indices into the flattened image, ascending.
        triangle: (P,) int64 indices into the triangles.
        weights: (P, 3) float32 barycentric weights of the triangle's corners.
        depth: (P,) float32, growing towards the viewer.
    """

    pixel: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray
    depth: np.ndarray

    def where(self, kept: np.ndarray) -> "Hits":
        """Select the hits where ``kept`` (P,) bool is true."""
        return Hits(self.pixel[kept], self.triangle[kept], self.weights[kept], self.depth[kept])

    def interpolated(self, values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Interpolate values (N, K) of the vertices at the pixels, (P, K)."""
        corners = triangles[self.triangle]
        return sum(values[corners[:, i]] * self.weights[:, i : i + 1] for i in range(3))


def _ranges(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Concatenate many integer ranges; return their members and the range of each member."""
    owner = np.repeat(np.arange(len(first)), count)
    start = np.cumsum(count) - count
    return np.arange(len(owner)) + (first - start)[owner], owner


def rasterize(points: np.ndarray, triangles: np.ndarray, two_sided: np.ndarray, width: int, height: int) -> Hits:
    """Find the nearest triangle at every pixel center (integer coordinates).

    Args:
        points: (N, 3), x to the right and y down in pixels, z growing towards the viewer.
        triangles: (M, 3) indices into points; front faces are counter-clockwise with y up.
        two_sided: (M,) bool, whether a triangle's back is drawn too.
        width, height: The size of the image, pixels.
    """
    # Corners are the first axis of every array below: reducing a short last axis is ten times slower.
    x, y, z = (points[:, axis].astype(np.float64)[triangles.T] for axis in range(3))
    area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
    top = np.maximum(np.ceil(y.min(0)), 0).astype(np.int64)
    bottom = np.minimum(np.floor(y.max(0)), height - 1).astype(np.int64)
    visible = ((area < -1e-9) | (two_sided & (area > 1e-9))) & (bottom >= top) & (x.max(0) >= 0) & (x.min(0) < width)
    number = np.flatnonzero(visible)
    x, y, z, area, top, bottom = (values[..., visible] for values in (x, y, z, area, top, bottom))

    # Barycentric weights as planes over the image: weight_i = slope_x x + slope_y y + offset.
    nx, ny, px, py = x[[1, 2, 0]], y[[1, 2, 0]], x[[2, 0, 1]], y[[2, 0, 1]]
    slope_x = (ny - py) / area
    slope_y = (px - nx) / area
    offset = (nx * py - px * ny) / area

    # A span is the part of one row inside a triangle, where all three weights are positive.
    row, owner = _ranges(top, bottom - top + 1)
    level = slope_y[:, owner] * row + offset[:, owner]
    slope = slope_x[:, owner]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -level / slope
    left = np.where(slope > 0, crossing, -np.inf).max(0)
    right = np.where(slope < 0, crossing, np.inf).min(0)
    left = np.maximum(np.ceil(left - 1e-6), 0).astype(np.int64)
    right = np.minimum(np.floor(right + 1e-6), width - 1).astype(np.int64)
    column, span = _ranges(left, np.maximum(right - left + 1, 0))

    owner = owner[span]
    row = row[span]
    pixel = row * width + column
    depth_planes = (slope_x * z).sum(0), (slope_y * z).sum(0), (offset * z).sum(0)
    across, down, start = (plane[owner] for plane in depth_planes)
    depth = (across * column + down * row + start).astype(np.float32)
    nearest = np.full(height * width, -np.inf, np.float32)
    np.maximum.at(nearest, pixel, depth)
    front = np.flatnonzero(depth == nearest[pixel])
    winner = np.full(height * width, -1, np.int64)
    winner[pixel[front]] = owner[front]

    pixel = np.flatnonzero(winner >= 0)
    owner = winner[pixel]
    row, column = np.divmod(pixel, width)
    weights = slope_x[:, owner] * column + slope_y[:, owner] * row + offset[:, owner]
    return Hits(pixel, number[owner], weights.T.astype(np.float32), nearest[pixel])
