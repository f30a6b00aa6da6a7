"""The pieces of occluders: grids of points, their materials, and how a material is painted."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from face_parsing.synthetic.people.atlas import linear
from face_parsing.synthetic.rendering.noise import fractal_noise, value_noise
from face_parsing.synthetic.wear.lenses import Lens

PATTERNS = ("plain", "stripes", "checks", "dots", "blotches", "flowers")


@dataclass(frozen=True, eq=False)
class Material:
    """The paint of a piece; pieces of the same material share its patch of the atlas.

    Attributes:
        color, second: (3,) RGB, 0 to 255, of the ground and of its pattern.
        pattern: One of PATTERNS, knit, pleats, straw, strands, skin or tortoise.
        height, width: The size of the patch, centimetres.
        grain: The pattern's period, centimetres.
        label: The name of the class.
    """

    color: np.ndarray
    second: np.ndarray
    pattern: str = "plain"
    height: float = 2.0
    width: float = 10.0
    grain: float = 1.5
    label: str = "background"


@dataclass(frozen=True)
class Piece:
    """A surface of an occluder.

    Attributes:
        points: (R, C, 3) centimetres about the head's origin, with the face towards the viewer.
        material: The material, whose patch is stretched over the grid.
        follow: How far it follows the head (1) or the shoulders (0), a number or one for each row, (R,).
        jaw: Whether the jaw moves it.
    """

    points: np.ndarray
    material: Material
    follow: float | np.ndarray = 1.0
    jaw: bool = False


@dataclass(frozen=True)
class Occluder:
    """An occluder of the face: its surfaces, its lenses, and its effect on the hair and the ears under it.

    Attributes:
        pieces: The opaque surfaces.
        lenses: The lenses.
        press: Moves (N, 3) points of hair and ears to their places under the occluder.
        hides_hair: Whether the occluder hides the shell of hair.
    """

    pieces: list[Piece]
    lenses: list[Lens] = field(default_factory=list)
    press: Callable[[np.ndarray], np.ndarray] | None = None
    hides_hair: bool = False


def bar(path: np.ndarray, radius: float | np.ndarray, out: np.ndarray, sides: int = 9, flat: float = 1.0) -> np.ndarray:
    """Return a tube around a path (L, 3), (L, sides, 3) points.

    Args:
        path: The middle line of the tube, (L, 3).
        radius: The radius, a number or one for each point of the path, (L,).
        out: (3,) or (L, 3), a direction that is nowhere parallel to the path. The tube's first side faces it.
        sides: The number of points around the path; the last equals the first.
        flat: The tube's radius along ``out`` as a share of its radius across.
    """
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    across = np.cross(tangent, np.broadcast_to(out, path.shape))
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    upright = np.cross(across, tangent)
    angle = np.linspace(0, 2 * np.pi, sides)[None, :, None]
    size = np.broadcast_to(np.asarray(radius, float), len(path))[:, None, None]
    return path[:, None] + size * (flat * np.cos(angle) * upright[:, None] + np.sin(angle) * across[:, None])


def turned(points: np.ndarray, axis: int, angle: float) -> np.ndarray:
    """Rotate points (..., 3) about an axis of the origin by ``angle`` radians, counter-clockwise seen from its tip."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    moved = points.copy()
    moved[..., first] = np.cos(angle) * points[..., first] - np.sin(angle) * points[..., second]
    moved[..., second] = np.sin(angle) * points[..., first] + np.cos(angle) * points[..., second]
    return moved


def draw_color(rng: np.random.Generator) -> np.ndarray:
    """Draw a color of clothes and objects, often black, white, grey or blue; (3,) RGB."""
    common = np.array([(24, 24, 26), (232, 230, 224), (120, 122, 126), (36, 50, 92), (150, 34, 40), (196, 176, 140)])
    if rng.random() < 0.65:
        return np.clip(common[rng.integers(len(common))] + rng.normal(0, 12, 3), 4, 250)
    return rng.uniform(10, 240, 3)


def draw_cloth(rng: np.random.Generator, height: float, width: float, plain: float = 0.5) -> Material:
    """Draw cloth, plain with the given probability; its patch is ``height`` by ``width`` centimetres."""
    pattern = "plain" if rng.random() < plain else str(rng.choice(PATTERNS[1:]))
    return Material(draw_color(rng), draw_color(rng), pattern, height, width, rng.uniform(0.8, 3.0))


def paint(material: Material, shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Paint a material's patch, (H, W, 3) float32 linear BGR, at ``scale`` texels a centimetre."""
    down = (np.arange(shape[0], dtype=np.float32) / scale)[:, None]
    across = (np.arange(shape[1], dtype=np.float32) / scale)[None, :]
    turn = 2 * np.pi / material.grain
    tone = 1 + 0.1 * fractal_noise(rng, shape, 3 * scale, 3)
    second = np.zeros(shape, bool)
    match material.pattern:
        case "stripes":
            second |= (np.sin(turn * down) > 0.3) if material.grain > 1.5 else (np.sin(turn * across) > 0.3)
        case "checks":
            second |= np.sin(turn * down) * np.sin(turn * across) > 0
        case "dots":
            second |= np.sin(turn * down) * np.sin(turn * across) > 0.6
        case "blotches":
            second |= fractal_noise(rng, shape, material.grain * scale, 2) > 0.15
        case "flowers":
            second |= value_noise(rng, shape, (0.5 * material.grain * scale,) * 2) > 0.35
        case "knit":
            tone += 0.22 * np.sin(2 * np.pi * across / 0.9) + 0.1 * np.sin(2 * np.pi * down / 0.5)
            second |= np.sin(turn * down / 2) > 0.75
        case "pleats":
            tone -= 0.25 * np.exp(-(((down / material.height * 5) % 1 - 0.5) ** 2) / 0.006)
        case "straw":
            tone += 0.2 * value_noise(rng, shape, (0.2 * scale, 1.0 * scale)) + 0.15 * np.sin(2 * np.pi * down / 0.6)
        case "strands":
            tone += 0.4 * value_noise(rng, shape, (6 * scale, 0.2 * scale))
        case "tortoise":
            second |= fractal_noise(rng, shape, 1.0 * scale, 2) > 0.1
        case "skin":
            _paint_finger(tone, down / material.height, across / material.width)
    colors = np.where(second[..., None], linear(material.second), linear(material.color))
    return (colors * np.clip(tone, 0.1, None)[..., None]).astype(np.float32)


def _paint_finger(tone: np.ndarray, along: np.ndarray, around: np.ndarray) -> None:
    """Paint creases of knuckles and a nail on the outer side of a finger.

    ``along`` and ``around`` are 0 to 1; the outer side lies at both ends of ``around``.
    """
    outer = np.exp(-((np.minimum(around, 1 - around) / 0.14) ** 2))
    for knuckle in (0.12, 0.42, 0.7):
        tone -= 0.22 * outer * np.exp(-(((along - knuckle) / 0.025) ** 2))
    nail = (np.minimum(around, 1 - around) < 0.13) & (along > 0.86) & (along < 0.95)
    tone[nail] *= 1.25
