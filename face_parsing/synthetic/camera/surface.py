"""The visible points of the meshes, and their places in the next frame: ground-truth optical flow.

A point moves with its mesh. A point of the chin moves with the jaw. A point of an eyelid moves with the head, although
the painted lid closes over it.
"""

from dataclasses import dataclass

import numpy as np

from face_parsing.synthetic.rendering.raster import Hits

BEHIND = 0.2  # centimetres; a point this far behind the visible surface is hidden


@dataclass(frozen=True)
class Pinhole:
    """The camera of a frame, which looks at the pivot of the head from in front.

    Attributes:
        focal: The focal length in pixels.
        center: The principal point, x and y in pixels of the frame.
        distance: The distance to the pivot of the head, centimetres.
    """

    focal: float
    center: tuple[float, float]
    distance: float


@dataclass(frozen=True)
class Surface:
    """The visible part of a person's meshes in one frame.

    Attributes:
        hits: The points that are in front at the frame's pixels.
        points: (N, 3) float64 vertices: x to the right and y down in pixels of the frame, z in centimetres to the
            viewer.
        triangles: (M, 3) indices into points.
        two_sided: (M,) bool, whether a triangle's back is visible too.
        shape: The frame's (H, W).
        normals: (N, 3) unit normals of the vertices: to the right, up, and to the viewer.
        texture: (N, 2) texture coordinates of the vertices, as the open jaw moves them.
        texture_at_rest: (N, 2), with the mouth shut.
        texel: The side of a texel of the paint, centimetres.
        is_head: (N,) bool, whether a vertex is of the head's own surface.
        camera: The camera.
    """

    hits: Hits
    points: np.ndarray
    triangles: np.ndarray
    two_sided: np.ndarray
    shape: tuple[int, int]
    normals: np.ndarray
    texture: np.ndarray
    texture_at_rest: np.ndarray
    texel: float
    is_head: np.ndarray
    camera: Pinhole


def flow_between(first: Surface, second: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Compute the optical flow from one frame to another frame of the same person.

    A point is visible in the second frame if the surface at its nearest pixel is within 2 mm of its triangle's plane.

    Returns:
        The flow (H, W, 2) float32, x and y in pixels, 0 where it is invalid; and the validity mask (H, W) bool. The
        flow is valid where the pixel shows a mesh and its point is visible in the second frame too.
    """
    height, width = first.shape
    hits = first.hits
    moved, visible = located(second, hits.triangle, hits.weights)
    flow, valid = np.zeros((height * width, 2), np.float32), np.zeros(height * width, bool)
    row, column = np.divmod(hits.pixel, width)
    flow[hits.pixel[visible]] = (moved[:, :2] - np.stack([column, row], 1))[visible]
    valid[hits.pixel[visible]] = True
    return flow.reshape(height, width, 2), valid.reshape(height, width)


def located(surface: Surface, triangle: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Locate points of the meshes in a frame, and tell which of them are visible.

    Args:
        surface: The frame's surface.
        triangle: (P,) the triangle of each point.
        weights: (P, 3) its barycentric weights.

    Returns:
        The points, (P, 3) as ``Surface.points``; and (P,) bool, whether the surface at the nearest pixel is within 2 mm
        of the plane of the point's triangle.
    """
    height, width = surface.shape
    corners = surface.points[surface.triangles[triangle]]  # (P, 3 corners, 3)
    moved = (corners * weights[:, :, None]).sum(1)
    nearest = np.rint(moved[:, :2]).astype(np.int64)
    inside = ((nearest >= 0) & (nearest < (width, height))).all(1)

    depth = np.full(height * width, -np.inf)
    depth[surface.hits.pixel] = surface.hits.depth
    gap = np.full(len(moved), np.inf)
    gap[inside] = depth[nearest[inside] @ (1, width)]
    slope, faces_viewer = _planes(corners)
    gap -= moved[:, 2] + (slope * (nearest - moved[:, :2])).sum(1)
    return moved, inside & (faces_viewer | surface.two_sided[triangle]) & (np.abs(gap) <= BEHIND)


def _planes(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth slope of triangles (P, 3, 3) to the right and down, (P, 2), and whether they face the viewer."""
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    safe = np.where(np.abs(area) > 1e-9, area, np.inf)  # an edge-on triangle has neither slope nor front
    right = (along[:, 2] * across[:, 1] - across[:, 2] * along[:, 1]) / safe
    down = (across[:, 2] * along[:, 0] - along[:, 2] * across[:, 0]) / safe
    return np.stack([right, down], 1), area < -1e-9
