"""Real-world lighting of a face by several lamps: sun, indoor lamps, neon, light from behind, and the exposure."""

from dataclasses import dataclass

import cv2
import numpy as np

from face_parsing.synthetic.rendering.shading import Light, axes_across, shade, shadow

# Ranges for the key light: azimuth (of either sign) and height in radians, and its share of all light.
SETUPS = {
    "front": ((0.0, 1.0), (-0.1, 0.9), (0.5, 0.92)),
    "side": ((1.1, 1.7), (0.0, 0.7), (0.6, 0.95)),
    "overhead": ((0.0, 0.7), (0.95, 1.35), (0.6, 0.92)),
    "behind": ((2.0, 3.0), (0.1, 0.9), (0.4, 0.7)),
    "flat": ((0.0, 1.5), (0.3, 1.3), (0.1, 0.45)),
    "flash": ((0.0, 0.2), (0.0, 0.25), (0.7, 0.95)),
    "below": ((0.0, 1.0), (-0.8, -0.3), (0.4, 0.8)),
}
SETUP_WEIGHTS = (0.26, 0.2, 0.16, 0.14, 0.16, 0.05, 0.03)
# BGR of the key light and of the ambient light, for each time and place.
MOODS = {
    "day": ((0.9, 1.0, 1.06), (1.1, 1.0, 0.94)),
    "overcast": ((1.06, 1.0, 0.96), (1.08, 1.0, 0.95)),
    "sunset": ((0.5, 0.8, 1.25), (1.2, 0.95, 0.9)),
    "blue hour": ((0.6, 0.85, 1.15), (1.5, 1.0, 0.7)),
    "tungsten": ((0.52, 0.84, 1.2), (0.7, 0.92, 1.12)),
    "fluorescent": ((0.92, 1.08, 0.95), (0.95, 1.06, 0.93)),
}
MOOD_WEIGHTS = (0.32, 0.22, 0.14, 0.1, 0.12, 0.1)
PATTERN_CELL = 0.8
NEON = 0.08  # the share of lightings with saturated colors of any hue
SKIN_SCATTER = np.array([0.45, 0.7, 1.7])  # red light travels farthest in skin
CANOPY = Light(  # the open sky as one lamp, to compute how much of it hair and chin occlude
    np.array([0.0, 0.8, 0.6]), np.ones(3), np.zeros(3), np.zeros(3), shadow_bias=0.3, shadow_softness=5.0
)


@dataclass(frozen=True)
class Lighting:
    """All light on a scene.

    Attributes:
        lamps: The lamps; their light adds up.
        exposure: A factor on all radiance.
        shine: A factor on all highlights.
        occlusion: The strength of ambient occlusion, 0 to 1.
        film: Whether highlights roll off towards white, as on film, instead of clipping.
        pattern: (64, 64) float32, the share of the first lamp's light that passes leaves, blinds and the like. Each
            cell is a square of ``PATTERN_CELL`` centimetres across the light. The pattern repeats.
        lift: How far above its surface a point's shadow is looked up, centimetres. It prevents self-shadowing.
        scene: (3,) BGR, a factor on the light of the background; None leaves the background unchanged.
    """

    lamps: tuple[Light, ...]
    exposure: float = 1.0
    shine: float = 1.0
    occlusion: float = 0.0
    film: bool = False
    pattern: np.ndarray | None = None
    lift: float = 0.0
    scene: np.ndarray | None = None


def _towards(azimuth: float, height: float) -> np.ndarray:
    return np.array([np.sin(azimuth) * np.cos(height), np.sin(height), np.cos(azimuth) * np.cos(height)])


def _neon(rng: np.random.Generator) -> np.ndarray:
    """Draw a saturated color of mean 1, (3,) BGR."""
    hsv = np.array([[[rng.integers(180), rng.integers(90, 220), 255]]], np.uint8)
    color = (cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0] / 255.0) ** 1.5 + 0.12
    return color / color.mean()


def draw_lighting(rng: np.random.Generator) -> Lighting:
    """Draw one to three lamps, the ambient light, the skin's shine and the exposure."""
    setup = str(rng.choice(list(SETUPS), p=SETUP_WEIGHTS))
    azimuths, heights, shares = SETUPS[setup]
    side = rng.choice([-1, 1])
    height, share = rng.uniform(*heights), rng.uniform(*shares)
    neon = rng.random() < NEON
    key, around = (np.array(tint) for tint in MOODS[str(rng.choice(list(MOODS), p=MOOD_WEIGHTS))])
    if neon:
        key, around = _neon(rng), 0.6 * _neon(rng) + 0.4
    key, around = key * rng.normal(1, 0.04, 3), around * rng.normal(1, 0.04, 3)
    strength = share * (rng.uniform(1.4, 2.4) if setup == "behind" else 1.2)
    sky = (1 - share) * rng.uniform(0.5, 1.0) * around
    hard = rng.random() < 0.5
    scatter = 1 + rng.uniform(0.3, 1.0) * (SKIN_SCATTER - 1)
    polish = int(rng.integers(3, 7))
    none = np.zeros(3)

    def lamp(direction: np.ndarray, color: np.ndarray, casts: bool, sky: np.ndarray, ground: np.ndarray) -> Light:
        bias, softness = (rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.9)) if hard else rng.uniform((0.6, 1.5), (1, 3.5))
        return Light(direction, color, sky, ground, bias, softness, casts, scatter, polish)

    # The ground varies widely: in the sun it is nearly as bright as the sky, and a floor can be dark.
    lamps = [
        lamp(_towards(side * rng.uniform(*azimuths), height), strength * key, True, sky, sky * rng.uniform(0.2, 0.9))
    ]
    if rng.random() < 0.45:
        tint = _neon(rng) if neon else rng.permutation([key, around])[0]
        place = _towards(-side * rng.uniform(0.4, 1.5), rng.uniform(-0.2, 0.6))
        lamps.append(lamp(place, strength * rng.uniform(0.08, 0.4) * tint, False, none, none))
    if setup != "behind" and rng.random() < 0.3:
        tint = _neon(rng) if neon else rng.permutation([key, around])[0]
        place = _towards(-side * rng.uniform(2.0, 2.9), rng.uniform(0, 0.9))
        lamps.append(lamp(place, rng.uniform(0.3, 1.3) * tint, False, none, none))

    exposure = float(np.clip(rng.lognormal(np.log(0.85), 0.42), 0.35, 1.7))
    bright = {"behind": rng.uniform(0.8, 2.0), "flash": exposure * rng.uniform(0.15, 0.8)}
    scene_light = bright.get(setup, exposure * rng.lognormal(0.35, 0.4))
    tint = share * key + (1 - share) * around
    matched = rng.random() < 0.8
    return Lighting(
        lamps=tuple(lamps),
        exposure=exposure,
        shine=float(rng.choice([0.3, 1.0, 2.2], p=[0.3, 0.45, 0.25]) * rng.uniform(0.6, 1.4)),
        occlusion=rng.uniform(0.2, 0.9) if rng.random() < 0.7 else 0.0,
        film=True,
        pattern=_draw_pattern(rng) if hard and rng.random() < 0.2 else None,
        lift=0.4 if hard else 0.6,
        scene=np.clip(scene_light, 0.12, 2.0) * tint if matched else None,
    )


def _draw_pattern(rng: np.random.Generator) -> np.ndarray:
    """Draw the pattern of light through leaves, or through the bars of blinds and fences."""
    y, x = np.mgrid[:64, :64] * (2 * np.pi / 64)
    if rng.random() < 0.5:
        thing = np.sin(x * rng.integers(-3, 4) + y * rng.integers(3, 9))
    else:
        thing = (
            3
            * cv2.GaussianBlur(np.tile(rng.standard_normal((64, 64), np.float32), (3, 3)), (0, 0), 2.5)[64:128, 64:128]
        )
    share = 0.5 + 0.5 * np.clip((thing + rng.uniform(-0.3, 0.6)) * rng.uniform(1.5, 5), -1, 1)
    return (1 - rng.uniform(0.4, 0.9) * (1 - share)).astype(np.float32)


def _through(pattern: np.ndarray, points: np.ndarray, lamp: Light) -> np.ndarray:
    """Return the share of a lamp's light that passes a pattern on its way to each point, (P,)."""
    axes = np.stack(axes_across(lamp), 1) / PATTERN_CELL
    cell = (points @ axes.astype(np.float32)).astype(np.int32) % 64
    return pattern[cell[:, 1], cell[:, 0]]


def radiance(
    colors: np.ndarray,
    normals: np.ndarray,
    points: np.ndarray,
    casters: np.ndarray,
    gloss: np.ndarray,
    soft: np.ndarray,
    lighting: Lighting,
) -> np.ndarray:
    """Compute linear BGR radiance at (P, 3) ``points``, (P, 3) float32: the sum of ``shade`` over the lamps.

    Args:
        colors, normals: (P, 3) reflectances and unit normals.
        points: (P, 3), centimetres.
        casters: (C, 3) vertices that cast shadows.
        gloss, soft: (P,) as in ``shade``.
        lighting: The lamps.
    """
    points = points + np.float32(lighting.lift) * normals if lighting.lift else points
    open_sky = None
    if lighting.occlusion:
        open_sky = 1 - np.float32(lighting.occlusion) * (1 - shadow(points, casters, CANOPY))
    total = np.zeros_like(colors)
    for number, lamp in enumerate(lighting.lamps):
        lit = shadow(points, casters, lamp) if lamp.casts else np.ones(len(points), np.float32)
        if lighting.pattern is not None and number == 0:
            lit = lit * _through(lighting.pattern, points, lamp)
        total += shade(colors, normals, lit, gloss * np.float32(lighting.shine), soft, lamp, open_sky)
    return total


def exposed(radiance: np.ndarray, lighting: Lighting) -> np.ndarray:
    """Expose radiance for the picture: 0 to 1, clipped at white."""
    return _clip(radiance * np.float32(lighting.exposure), lighting.film)


def _clip(light: np.ndarray, film: bool) -> np.ndarray:
    if not film:
        return np.clip(light, 0, 1)
    square = light * light
    return np.clip(light, 0, None) / np.sqrt(np.sqrt(1 + square * square))


def expose_scene(image: np.ndarray, lighting: Lighting) -> np.ndarray:
    """Light an (H, W, 3) uint8 backdrop; return the same image if ``lighting.scene`` is None."""
    if lighting.scene is None:
        return image
    values = (np.arange(256)[:, None] / 255) ** 2.2 * lighting.scene
    table = 255 * _clip(values, lighting.film) ** (1 / 2.2)
    return cv2.LUT(image, np.round(table).astype(np.uint8)[None])
