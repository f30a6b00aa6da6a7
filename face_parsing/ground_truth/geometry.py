"""Depth and normals of a rendered face, and their files.

The camera looks along +z, with x to the right and y down, as in OpenCV. With focal length f, principal point (cx, cy)
and depth Z, pixel (x, y) shows the point ((x - cx) Z / f, (y - cy) Z / f, Z).
"""

from pathlib import Path

import cv2
import numpy as np

from face_parsing.synthetic.camera.surface import Surface
from face_parsing.synthetic.rendering.mesh import unit

STEPS_PER_CENTIMETRE = 100  # of stored depth: tenths of a millimetre
FULL = 2**16 - 1


def depth_map(surface: Surface) -> np.ndarray:
    """The distance of each pixel's point from the camera's plane, (H, W) float32 in centimetres; 0 where nobody is."""
    depth = np.zeros(surface.shape, np.float32)
    depth.ravel()[surface.hits.pixel] = surface.camera.distance - surface.hits.depth
    return depth


def normal_map(surface: Surface) -> np.ndarray:
    """The unit normals of the visible surface in the camera's axes, (H, W, 3) float32; 0 where nobody is.

    They are interpolated over the triangles, as the shading's are.
    """
    hits = surface.hits
    normals = unit(hits.interpolated(surface.normals, surface.triangles))
    normals[(normals[:, 2] < 0) & surface.two_sided[hits.triangle]] *= -1
    chart = np.zeros((*surface.shape, 3), np.float32)
    chart.reshape(-1, 3)[hits.pixel] = normals * (1, -1, -1)
    return chart


def write_depth(path: Path, depth: np.ndarray) -> None:
    """Write a depth map (H, W) in centimetres as a 16-bit PNG in tenths of a millimetre."""
    write_png(path, np.rint(depth * STEPS_PER_CENTIMETRE).clip(0, FULL).astype(np.uint16))


def write_normals(path: Path, normals: np.ndarray) -> None:
    """Write normals (H, W, 3) as a 16-bit RGB PNG: x, y, z from -1 to 1 are 1 to 65535; 0 where nobody is."""
    stored = np.rint((normals + 1) / 2 * (FULL - 1)).astype(np.uint16) + 1
    stored[~normals.any(axis=2)] = 0
    write_png(path, stored[..., ::-1])


def write_png(path: Path, values: np.ndarray) -> None:
    """Write pixels (H, W) or (H, W, 3) BGR, uint8 or uint16, as a PNG file; create the folder if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", values, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes())
