"""Eyewear of many shapes: frames, and lenses that are clear, tinted, dark or mirrored."""

from collections.abc import Callable

import numpy as np

from face_parsing.synthetic.people.head_surface import HeadSurface
from face_parsing.synthetic.rendering.mesh import superellipse
from face_parsing.synthetic.wear.lenses import Lens, draw_surroundings
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, bar, draw_color

FRONT = np.array([0.0, 0.0, 1.0])
FRAMES = {  # half width, half height, exponent, lift of the outer half, sag of the lower half
    "round": (2.25, 2.15, 2.0, 0.0, 0.0),
    "square": (2.6, 1.75, 4.5, 0.0, 0.0),
    "oval": (2.5, 1.55, 2.4, 0.0, 0.0),
    "aviator": (2.85, 2.1, 2.6, 0.0, 0.35),
    "cat": (2.6, 1.75, 3.0, 0.45, 0.0),
    "large": (3.0, 2.7, 3.0, 0.1, 0.1),
    "narrow": (2.45, 1.15, 3.5, 0.0, 0.0),
}
RIMS = ("full", "thick", "thin", "half", "none")
LENSES = ("clear", "tinted", "gradient", "dark", "mirror")
LENS_SHARES = (0.47, 0.1, 0.1, 0.25, 0.08)
METALS = np.array([(170, 170, 172), (190, 158, 90), (60, 60, 64), (120, 84, 70)])
PLASTICS = np.array([(20, 20, 22), (28, 24, 24), (84, 46, 22), (130, 20, 34), (30, 42, 90), (210, 205, 200)])


def draw_eyewear(rng: np.random.Generator, surface: HeadSurface, lens: str | None = None) -> Occluder:
    """Draw glasses; ``lens`` is one of LENSES, or None to draw one."""
    kind = lens or str(rng.choice(LENSES, p=LENS_SHARES))
    sun = kind in ("gradient", "dark", "mirror")
    shares = np.array([1, 1.5, 1, 2, 1, 2, 0.3]) if sun else np.array([1.5, 2, 1.5, 0.5, 1, 0.7, 1])
    shape = FRAMES[str(rng.choice(list(FRAMES), p=shares / shares.sum()))]
    rim_kind = str(rng.choice(RIMS, p=[0.35, 0.25, 0.2, 0.1, 0.1]))
    radius = {
        "full": (0.16, 0.26),
        "thick": (0.26, 0.42),
        "thin": (0.07, 0.12),
        "half": (0.1, 0.2),
        "none": (0.07, 0.1),
    }
    thickness = rng.uniform(*radius[rim_kind])
    metal = rim_kind in ("thin", "none") or rng.random() < 0.2
    color = METALS[rng.integers(len(METALS))] if metal else PLASTICS[rng.integers(len(PLASTICS))]
    if not metal and rng.random() < 0.25:
        color = draw_color(rng)
    tortoise = not metal and rng.random() < 0.25
    pattern = "tortoise" if tortoise else "plain"
    if tortoise:
        color = np.array([150, 84, 34])
    frame = Material(color, np.array([52, 26, 14]), pattern, 2.0, 30.0, label="glasses")

    size = rng.uniform(0.92, 1.1)
    center, rim = _rim(surface, shape, size)
    inner, outer = rim[:, 0].min(), rim[:, 0].max()
    depth = surface.bridge + 0.9

    def at(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([xy, depth - 0.045 * xy[:, 0] ** 2])

    flat = rng.uniform(0.6, 1.0)  # frames are flatter than they are high
    rims = []
    if rim_kind != "none":
        kept = rim if rim_kind != "half" else rim[np.sin(np.linspace(0, 2 * np.pi, len(rim))) > -0.15]
        rims.append(bar(at(kept), thickness, FRONT, flat=flat))
    across = np.linspace(-1, 1, 9)
    half_height = shape[1] * size
    bridge = np.column_stack([across * (inner + 0.05), center[1] + 0.4 * half_height + 0.3 * (1 - across**2)])
    bars = [Piece(bar(at(bridge), thickness, FRONT, flat=flat), frame)]
    if shape[4] > 0:
        double = np.column_stack([across * (inner + 0.5), np.full(9, center[1] + 0.85 * half_height)])
        bars.append(Piece(bar(at(double), thickness, FRONT, flat=flat), frame))
    hinge = at(np.array([[outer, center[1] + 0.4 * half_height]]))[0]
    hook = np.array([7.75 * surface.person.skull[0], 1.3, -0.8])
    along = np.linspace(0, 1, 14)[:, None]
    arm = hinge + (hook - hinge) * along
    arm[:, 0] += 0.6 * np.sin(np.pi * along[:, 0] * 0.9)
    tall = thickness * rng.uniform(0.9, 2.2 if rim_kind == "thick" else 1.2)
    arm_points = bar(arm, tall, np.array([1.0, 0.0, 0.2]), flat=0.4 if tall > 0.3 else 0.8)
    pieces = [Piece(points * (side, 1, 1), frame) for points in (*rims, arm_points) for side in (1, -1)]
    glass = _lens_points(center, rim, at)
    passed, mirror = _draw_glass(rng, kind, glass.shape[:2])
    surroundings = draw_surroundings(rng)
    lenses = [Lens(glass * (side, 1, 1), passed, mirror, surroundings, "glasses") for side in (1, -1)]
    return Occluder(pieces + bars, lenses)


def _rim(surface: HeadSurface, shape: tuple[float, ...], size: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the center (2,) and the closed outline (49, 2) of the subject's left lens."""
    half_width, half_height, exponent, lift, sag = shape
    half_width, half_height = half_width * size, half_height * size
    center = np.array([max(surface.eye[0] + 0.1, half_width + 0.55), surface.eye[1] - 0.35 - 0.4 * (half_height - 1.7)])
    x, y = superellipse(half_width, half_height, exponent, 49)
    below = np.clip(-y / half_height, 0, 1)
    y = y + lift * np.clip(x / half_width, 0, 1) ** 2 * (y > 0) - sag * below * half_height
    x = x * (1 - 0.3 * (sag > 0) * below**2)
    return center, center + np.stack([x, y], 1)


def _lens_points(center: np.ndarray, rim: np.ndarray, at: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the points of the slightly bulging glass inside a rim, (7, 49, 3)."""
    inward = np.linspace(0, 1, 7)[:, None, None]
    flat = center + inward * (rim - center)
    points = at(flat.reshape(-1, 2)).reshape(7, len(rim), 3)
    points[..., 2] += 0.25 * (1 - inward[..., 0] ** 2)
    return points


def _draw_glass(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw a lens's transmission (R, C, 3) and mirror reflectance (3,), BGR."""
    tint = rng.uniform(0.35, 1.0, 3)
    tint /= tint.max()
    coat = rng.uniform(0.3, 1.0, 3)
    match kind:
        case "clear":
            passed = np.full((*shape, 3), rng.uniform(0.86, 0.97))
            return passed, rng.uniform(0.01, 0.14) * coat
        case "tinted":
            return np.broadcast_to(rng.uniform(0.65, 0.9) * (0.35 + 0.65 * tint), (*shape, 3)), 0.06 * coat
        case "gradient":
            # Rows run from the lens's middle to its rim, columns around it from its outer side upwards.
            up = np.linspace(0, 1, shape[0])[:, None] * np.sin(np.linspace(0, 2 * np.pi, shape[1]))
            share = rng.uniform(0.2, 0.5) - rng.uniform(0.3, 0.5) * up
            return np.clip(share, 0.03, 0.9)[..., None] * (0.5 + 0.5 * tint), rng.uniform(0.04, 0.15) * coat
        case "dark":
            return np.broadcast_to(rng.uniform(0.0, 0.14) * tint, (*shape, 3)), rng.uniform(0.01, 0.08) * (coat + 0.3)
        case _:
            return np.broadcast_to(rng.uniform(0.0, 0.05) * tint, (*shape, 3)), rng.uniform(0.3, 0.6) * tint
