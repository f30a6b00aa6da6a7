"""Lenses: what they transmit, what they mirror, and where they hide the face."""

from dataclasses import dataclass

import numpy as np

from face_parsing.synthetic.rendering.mesh import grid_triangles, unit, vertex_normals
from face_parsing.synthetic.rendering.raster import rasterize
from face_parsing.synthetic.rendering.shading import Light

HIDES_BELOW = 0.4  # transmission; below it, the label map shows the lens instead of what is behind


@dataclass(frozen=True)
class Lens:
    """A sheet of glass.

    Attributes:
        points: (R, C, 3) centimetres about the head's origin.
        transmission: (R, C, 3) BGR share of the light that passes.
        mirror: (3,) BGR share of the surroundings' light that the lens mirrors at normal incidence.
        surroundings: (H, W, 3) float32 BGR environment map, by latitude from the top and by azimuth.
        label: The class where the lens hides what is behind.
    """

    points: np.ndarray
    transmission: np.ndarray
    mirror: np.ndarray
    surroundings: np.ndarray
    label: str


@dataclass(frozen=True)
class Seen:
    """The visible pixels of a lens, one row for each pixel.

    Attributes:
        pixel: (P,) indices into the flattened picture.
        passed: (P, 3) share of the light from behind that passes.
        mirrored: (P, 3) radiance of the mirrored surroundings.
        hides: (P,) bool, whether the label map shows the lens instead of what is behind.
    """

    pixel: np.ndarray
    passed: np.ndarray
    mirrored: np.ndarray
    hides: np.ndarray


def polish(points: np.ndarray, surroundings: np.ndarray, mirror: float = 0.05) -> Lens:
    """Coat a surface (R, C, 3) of plastic or lacquer with a lens that hides nothing and mirrors a little."""
    return Lens(points, np.ones(points.shape), np.full(3, mirror), surroundings, "background")


def draw_surroundings(rng: np.random.Generator) -> np.ndarray:
    """Draw sky over dark ground with a few windows, lamps and walls, (32, 64, 3) float32 relative radiance."""
    rows, columns = np.arange(32)[:, None], np.arange(64)[None, :]
    horizon = 16 + 1.5 * np.sin(columns * rng.uniform(0.1, 0.5) + rng.uniform(0, 6)) + rng.uniform(-2, 2)
    above = np.clip((horizon - rows) * 0.5 + 0.5, 0, 1)
    radiance = (0.25 + 0.9 * above * rng.uniform(0.5, 1.4))[..., None] * (1 + 0.15 * rng.standard_normal(3))
    for _ in range(rng.integers(2, 7)):
        top, left = rng.integers(0, 22), rng.integers(0, 60)
        block = radiance[top : top + rng.integers(2, 10), left : left + rng.integers(2, 12)]
        block *= rng.choice([0.15, 0.4, 3.0, 6.0], p=[0.3, 0.3, 0.25, 0.15])
    return np.clip(radiance, 0.02, 8).astype(np.float32)


def glaze(
    lens: Lens, points: np.ndarray, turned: np.ndarray, depth: np.ndarray, size: tuple[int, int], light: Light
) -> Seen:
    """Find where a lens is visible and what it does to the picture there.

    Args:
        lens: The lens.
        points: (N, 3), its projected points: pixels to the right and down, and depth.
        turned: (N, 3), the same points in centimetres about the head's pivot.
        depth: (H * W,), the depth of the picture so far, -inf where it is empty.
        size: Height and width of the picture, pixels.
        light: The light.
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
    reflected = 2 * normal[:, 2:] * normal - np.array([0, 0, 1], np.float32)  # the direction of the reflected view ray
    height, width = lens.surroundings.shape[:2]
    row = ((0.5 - np.arcsin(np.clip(reflected[:, 1], -1, 1)) / np.pi) * (height - 1)).astype(int)
    column = ((0.5 + np.arctan2(reflected[:, 0], reflected[:, 2]) / (2 * np.pi)) * (width - 1)).astype(int)
    fresnel = (1 - normal[:, 2:]) ** 3
    mirror = lens.mirror + (0.6 - lens.mirror) * fresnel
    ambient = (0.3 * light.color + light.sky).astype(np.float32)
    mirrored = lens.surroundings[row, column] * ambient * mirror
    return Seen(hits.pixel, passed * (1 - mirror), mirrored, passed.mean(1) < HIDES_BELOW)
