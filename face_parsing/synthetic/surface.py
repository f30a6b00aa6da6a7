"""The points of the meshes that a frame shows, and where they are in the next frame: optical flow that is no guess.

A point belongs to a mesh and moves with it: a point of the chin with the jaw, one of an eyelid with the head, though
the lid that is painted there closes over it.
"""

from dataclasses import dataclass

import numpy as np

from face_parsing.synthetic.raster import Hits

BEHIND = 0.2  # centimetres: a point that lies this far behind what a pixel shows is hidden


@dataclass(frozen=True)
class Surface:
    """What a frame shows of a person's meshes.

    Attributes:
        hits: The points that are in front at the frame's pixels.
        points: (N, 3) float64 vertices: x to the right and y down in pixels of the frame, z in centimetres to the
            viewer.
        triangles: (M, 3) indices into points.
        two_sided: (M,) bool, whether a triangle's back is seen too.
        shape: The frame's (H, W).
    """

    hits: Hits
    points: np.ndarray
    triangles: np.ndarray
    two_sided: np.ndarray
    shape: tuple[int, int]


def flow_between(first: Surface, second: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Where the points that one frame shows are in another frame of the same person.

    A point is seen there if what the nearest pixel shows lies on the plane of the point's own triangle, to within 2 mm.

    Returns:
        The flow (H, W, 2) float32, x and y in pixels, 0 where there is none; and where there is one, (H, W) bool: the
        pixel shows a mesh, and its point is seen in the second frame too.
    """
    height, width = first.shape
    hits = first.hits
    triangles = first.triangles[hits.triangle]
    corners = second.points[triangles]  # (P, 3 corners, 3)
    moved = (corners * hits.weights[:, :, None]).sum(1)
    nearest = np.rint(moved[:, :2]).astype(np.int64)
    inside = ((nearest >= 0) & (nearest < (width, height))).all(1)

    shown = np.full(height * width, -np.inf)
    shown[second.hits.pixel] = second.hits.depth
    behind = np.full(len(moved), np.inf)
    behind[inside] = shown[nearest[inside] @ (1, width)]
    slope, faces_viewer = _planes(corners)
    behind -= moved[:, 2] + (slope * (nearest - moved[:, :2])).sum(1)
    seen = inside & (faces_viewer | second.two_sided[hits.triangle]) & (np.abs(behind) <= BEHIND)

    flow, valid = np.zeros((height * width, 2), np.float32), np.zeros(height * width, bool)
    row, column = np.divmod(hits.pixel, width)
    flow[hits.pixel[seen]] = (moved[:, :2] - np.stack([column, row], 1))[seen]
    valid[hits.pixel[seen]] = True
    return flow.reshape(height, width, 2), valid.reshape(height, width)


def _planes(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How the depth of triangles (P, 3, 3) grows to the right and down, (P, 2), and whether their front is seen."""
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    safe = np.where(np.abs(area) > 1e-9, area, np.inf)  # an edge-on triangle: no slope, and no front
    right = (along[:, 2] * across[:, 1] - across[:, 2] * along[:, 1]) / safe
    down = (across[:, 2] * along[:, 0] - along[:, 2] * across[:, 0]) / safe
    return np.stack([right, down], 1), area < -1e-9
