"""Light: a lamp with soft shadows, ambient light from above, and gloss."""

from dataclasses import dataclass, field

import cv2
import numpy as np

SHADOW_CELL = 0.9  # centimetres
SHADOW_BIAS = 0.9
SHADOW_SOFTNESS = 1.6


@dataclass(frozen=True)
class Light:
    """A lamp and what surrounds it.

    Attributes:
        direction: (3,) unit vector towards the lamp.
        color: (3,) BGR of the lamp.
        sky, ground: (3,) BGR of the ambient light from above and from below.
        shadow_bias: How far behind its caster a point must lie to be shaded, centimetres.
        shadow_softness: The further distance over which the shadow grows to full strength, centimetres.
        casts: Whether objects cast shadows in this lamp's light.
        scatter: (1,) or (3,) BGR, how far each color wraps around the terminator, in units of the material's softness.
        polish: How often the highlight's cosine is squared. A higher value gives a smaller highlight.
    """

    direction: np.ndarray
    color: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    shadow_bias: float = SHADOW_BIAS
    shadow_softness: float = SHADOW_SOFTNESS
    casts: bool = True
    scatter: np.ndarray = field(default_factory=lambda: np.ones(1))
    polish: int = 4


def draw_light(rng: np.random.Generator) -> Light:
    """Draw a light on the viewer's side of the face; it is warm or cold, and hard or flat."""
    azimuth, height = rng.uniform(-1.25, 1.25), rng.uniform(-0.1, 1.0)
    direction = np.array([np.sin(azimuth) * np.cos(height), np.sin(height), np.cos(azimuth) * np.cos(height)])
    warmth = rng.normal(0, 0.09)
    tint = np.array([1 - warmth, 1, 1 + warmth])
    key = rng.uniform(0.45, 1.05)
    sky = (1.12 - key) * rng.uniform(0.45, 0.75) * np.array([1 + warmth, 1, 1 - warmth])
    return Light(direction, (key * tint), sky + 0.06, sky * rng.uniform(0.3, 0.8) + 0.03)


def axes_across(light: Light) -> tuple[np.ndarray, np.ndarray]:
    """Return two unit vectors (3,) perpendicular to a light's direction and to each other."""
    across = np.cross(light.direction, [0.0, 1.0, 0.1])
    across /= np.linalg.norm(across)
    return across, np.cross(across, light.direction)


def shadow(points: np.ndarray, casters: np.ndarray, light: Light) -> np.ndarray:
    """Return the share of the lamp's light that reaches each point, (P,) float32 from 0 to 1.

    This is a shadow map: the casters' (C, 3) vertices are splatted onto a grid across the light's direction. The grid
    keeps the vertex nearest to the light. A point far enough behind that vertex lies in shadow.
    """
    frame = np.stack([*axes_across(light), light.direction]).astype(np.float32)
    caster = casters @ frame.T
    low = caster[:, :2].min(0) - 2 * SHADOW_CELL
    size = np.ceil((caster[:, :2].max(0) + 2 * SHADOW_CELL - low) / SHADOW_CELL).astype(int) + 1
    cell = ((caster[:, :2] - low) / SHADOW_CELL + 0.5).astype(int)
    nearest = np.full(size[0] * size[1], -1e3, np.float32)
    np.maximum.at(nearest, cell[:, 1] * size[0] + cell[:, 0], caster[:, 2])
    nearest = nearest.reshape(size[1], size[0])
    nearest = cv2.morphologyEx(nearest, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))

    point = points @ frame.T
    # Empty cells get the depth of the farthest point, so that a blur can smooth the steps between splats.
    nearest = cv2.GaussianBlur(np.maximum(nearest, point[:, 2].min(initial=nearest.max())), (3, 3), 0)
    behind = np.zeros(len(point), np.float32)
    place = (point[:, :2] - low) / SHADOW_CELL
    corner = np.floor(place).astype(np.int32)
    share = (place - corner).astype(np.float32)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column = np.clip(corner[:, 0] + dx, 0, size[0] - 1)
        row = np.clip(corner[:, 1] + dy, 0, size[1] - 1)
        gap = nearest.ravel()[row * size[0] + column] - point[:, 2]
        weight = np.abs(1 - dx - share[:, 0]) * np.abs(1 - dy - share[:, 1])
        behind += weight * np.clip((gap - light.shadow_bias) / light.shadow_softness, 0, 1)
    return 1 - behind


def shade(
    colors: np.ndarray,
    normals: np.ndarray,
    lit: np.ndarray,
    gloss: np.ndarray,
    soft: np.ndarray,
    light: Light,
    open_sky: np.ndarray | None = None,
) -> np.ndarray:
    """Compute linear BGR radiance, (P, 3) float32.

    It sums three terms. Lambert's law has a wrapped terminator where light enters the material (skin). Ambient light
    depends on the normal's height. Highlights follow Blinn-Phong.

    Args:
        colors: (P, 3) reflectances.
        normals: (P, 3) unit normals.
        lit: (P,) share of the lamp's light that arrives.
        gloss: (P,) strength of highlights.
        soft: (P,) how far light wraps around the terminator, 0 to 1.
        light: The light.
        open_sky: (P,) share of the ambient light that arrives; None for all of it.
    """
    facing = normals @ light.direction.astype(np.float32)
    wrap = soft[:, None] * light.scatter.astype(np.float32)
    diffuse = np.clip((facing[:, None] + wrap) / (1 + wrap), 0, None) * lit[:, None]
    up = (0.5 + 0.5 * normals[:, 1])[:, None]
    half = light.direction + (0, 0, 1)
    half /= np.linalg.norm(half)
    shine = np.clip(normals @ half.astype(np.float32), 0, None)
    for _ in range(light.polish):
        shine = shine * shine
    key = diffuse * light.color.astype(np.float32)
    ambient = light.ground.astype(np.float32) * (1 - up) + light.sky.astype(np.float32) * up
    if open_sky is not None:
        ambient = ambient * open_sky[:, None]
    highlight = (gloss * shine * lit)[:, None] * light.color.astype(np.float32)
    return colors * (key + ambient) + highlight
