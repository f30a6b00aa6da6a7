"""Triangle meshes: grids, tubes, ellipsoids, and their normals.

Lengths are centimetres. The axes are x to the subject's left (the image's right when frontal), y up, z to the viewer.
Texture coordinates are centimetres on the atlas (see atlas.py), to the right and down.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh.

    Attributes:
        vertices: (N, 3) float32, centimetres.
        triangles: (M, 3) int32, counter-clockwise seen from outside.
        texture: (N, 2) float32 texture coordinates.
        two_sided: Whether the inside is drawn too.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    texture: np.ndarray
    two_sided: bool = False


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Return the triangles of a grid of vertices in row-major order, (2 (rows - 1) (columns - 1), 3) int32.

    They are counter-clockwise where columns run to the viewer's right and rows run down.
    """
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])


def grid_mesh(points: np.ndarray, texture: np.ndarray, two_sided: bool = False) -> Mesh:
    """Build a mesh from an (R, C, 3) grid of points and its (R, C, 2) texture coordinates."""
    rows, columns = points.shape[:2]
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        grid_triangles(rows, columns),
        texture.reshape(-1, 2).astype(np.float32),
        two_sided,
    )


def ellipsoid_points(center: np.ndarray, radii: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the points of an axis-aligned ellipsoid, (rows, columns, 3), top down and from back over front to back."""
    latitude = np.linspace(np.pi / 2, -np.pi / 2, rows)[:, None]
    azimuth = np.linspace(-np.pi, np.pi, columns)[None, :]
    unit = np.stack(
        np.broadcast_arrays(np.cos(latitude) * np.sin(azimuth), np.sin(latitude), np.cos(latitude) * np.cos(azimuth)),
        axis=-1,
    )
    return np.asarray(center) + unit * np.asarray(radii)


def superellipse(half_width: float, half_height: float, exponent: float, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y, (points,) each, of a closed outline about the origin.

    The exponent 2 gives an ellipse; a larger one is squarer.
    """
    angle = np.linspace(0, 2 * np.pi, points)
    x = half_width * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / exponent)
    return x, half_height * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (2 / exponent)


def tube_points(path: np.ndarray, radius: float, sides: int = 7) -> np.ndarray:
    """Return the (L, sides, 3) points of a tube around a path of (L, 3) points."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # No path runs along y for long, so an axis near y is a safe helper to build the frame across the path.
    across = np.cross(tangent, [0.13, 0.9, 0.42])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upright = np.cross(tangent, across)
    angle = np.linspace(0, 2 * np.pi, sides)[None, :, None]
    return path[:, None] + radius * (np.cos(angle) * across[:, None] + np.sin(angle) * upright[:, None])


def bent(points: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """Move points (..., 3) by a smooth field, a sum of waves long enough that the surface never folds.

    Args:
        points: The points, centimetres.
        bends: (K, 7), for each wave its vector (3, radians a centimetre), phase, and strength (3, centimetres).
    """
    phases = points @ bends[:, :3].T + bends[:, 3]
    return points + np.sin(phases) @ bends[:, 4:]


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals at vertices, (N, 3) float32, weighted by the area of the triangles around each."""
    corners = vertices[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.empty((len(vertices), 3), np.float32)
    for axis in range(3):
        weights = np.repeat(faces[:, axis], 3)
        normals[:, axis] = np.bincount(triangles.ravel(), weights, len(vertices))
    return unit(normals)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors (N, 3) to length 1; zero vectors stay zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
