"""Lenses: what is seen through them, what they mirror, and where they hide what is behind."""

from dataclasses import dataclass

import numpy as np

from face_parsing.synthetic.mesh import grid_triangles, unit, vertex_normals
from face_parsing.synthetic.raster import rasterize
from face_parsing.synthetic.shading import Light

HIDES_BELOW = 0.4  # of the light: a lens that lets less through is what the mask shows


@dataclass(frozen=True)
class Lens:
    """A sheet of glass.

    Attributes:
        points: (R, C, 3) centimetres about the head's origin.
        transmission: (R, C, 3) BGR share of the light that passes.
        mirror: (3,) BGR share of the surroundings' light that is mirrored where one looks straight at it.
        surroundings: (H, W, 3) float32 BGR, what stands around, by latitude from above and by azimuth.
        label: the class where the lens hides what is behind.
    """

    points: np.ndarray
    transmission: np.ndarray
    mirror: np.ndarray
    surroundings: np.ndarray
    label: str


@dataclass(frozen=True)
class Seen:
    """Where a lens is seen, one row a pixel.

    Attributes:
        pixel: (P,) indices into the flattened picture.
        passed: (P, 3) share of the light from behind that passes.
        mirrored: (P, 3) radiance of what the lens mirrors.
        hides: (P,) bool, whether the mask shows the lens rather than what is behind.
    """

    pixel: np.ndarray
    passed: np.ndarray
    mirrored: np.ndarray
    hides: np.ndarray


def polish(points: np.ndarray, surroundings: np.ndarray, mirror: float = 0.05) -> Lens:
    """A coat on a surface (R, C, 3) of plastic or lacquer: a lens that hides nothing and mirrors a little."""
    return Lens(points, np.ones(points.shape), np.full(3, mirror), surroundings, "background")


def draw_surroundings(rng: np.random.Generator) -> np.ndarray:
    """Sky over dark ground with a few windows, lamps and walls: (32, 64, 3) float32 relative radiance."""
    rows, columns = np.arange(32)[:, None], np.arange(64)[None, :]
    horizon = 16 + 1.5 * np.sin(columns * rng.uniform(0.1, 0.5) + rng.uniform(0, 6)) + rng.uniform(-2, 2)
    above = np.clip((horizon - rows) * 0.5 + 0.5, 0, 1)
    seen = (0.25 + 0.9 * above * rng.uniform(0.5, 1.4))[..., None] * (1 + 0.15 * rng.standard_normal(3))
    for _ in range(rng.integers(2, 7)):
        top, left = rng.integers(0, 22), rng.integers(0, 60)
        block = seen[top : top + rng.integers(2, 10), left : left + rng.integers(2, 12)]
        block *= rng.choice([0.15, 0.4, 3.0, 6.0], p=[0.3, 0.3, 0.25, 0.15])
    return np.clip(seen, 0.02, 8).astype(np.float32)


def glaze(
    lens: Lens, points: np.ndarray, turned: np.ndarray, depth: np.ndarray, size: tuple[int, int], light: Light
) -> Seen:
    """Where a lens is seen and what it does to the picture there.

    Args:
        lens: the lens.
        points: (N, 3) its projected points: pixels to the right and down, and depth.
        turned: (N, 3) the same points in centimetres about the head's pivot.
        depth: (H * W,) of what is drawn already, -inf where nothing is.
        size: height and width of the picture.
        light: the light.
    """
    triangles = grid_triangles(*lens.points.shape[:2])
    hits = rasterize(points, triangles, np.ones(len(triangles), bool), size[1], size[0])
    hits = hits.where(hits.depth > depth[hits.pixel])
    normals = vertex_normals(turned.astype(np.float32), triangles)
    attributes = np.concatenate([normals, lens.transmission.reshape(-1, 3)], 1).astype(np.float32)
    values = hits.interpolated(attributes, triangles)
    normal = unit(values[:, :3])
    normal[normal[:, 2] < 0] *= -1
    passed = values[:, 3:]
    away = 2 * normal[:, 2:] * normal - np.array([0, 0, 1], np.float32)  # where the mirrored ray of the viewer goes
    height, width = lens.surroundings.shape[:2]
    row = ((0.5 - np.arcsin(np.clip(away[:, 1], -1, 1)) / np.pi) * (height - 1)).astype(int)
    column = ((0.5 + np.arctan2(away[:, 0], away[:, 2]) / (2 * np.pi)) * (width - 1)).astype(int)
    fresnel = (1 - normal[:, 2:]) ** 3
    mirror = lens.mirror + (0.6 - lens.mirror) * fresnel
    ambient = (0.3 * light.color + light.sky).astype(np.float32)
    mirrored = lens.surroundings[row, column] * ambient * mirror
    return Seen(hits.pixel, passed * (1 - mirror), mirrored, passed.mean(1) < HIDES_BELOW)
