"""Technical headgear: medical masks, headphones and goggles."""

import numpy as np

from face_parsing.synthetic.people.head_surface import HeadSurface, angles, directions
from face_parsing.synthetic.wear.lenses import Lens, draw_surroundings, polish
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, bar, draw_color

MASK_COLORS = np.array([(150, 196, 222), (236, 238, 238), (28, 28, 30), (226, 160, 180), (120, 190, 160)])


def draw_mask(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a mask over nose, mouth and chin with loops around the ears; some masks end below the nose."""
    below = rng.random() < 0.14
    wide = rng.uniform(1.02, 1.22)
    across = np.linspace(-wide, wide, 25)
    share = np.abs(across) / wide
    top = -0.55 if below else -rng.uniform(0.02, 0.16)
    side_top, side_bottom = rng.uniform(-0.36, -0.26), rng.uniform(-0.78, -0.66)
    high = top + (side_top - top) * share ** rng.uniform(0.8, 1.3)
    low = -1.2 + (side_bottom + 1.2) * share**2
    rows = np.linspace(0, 1, 18)[:, None]
    latitude = high + (low - high) * rows
    off = 0.3 + 0.25 * np.sin(np.pi * rows)
    if rng.random() < 0.25:  # the mask has a fold that stands out along the middle
        off = off + 1.3 * np.exp(-((across / 0.3) ** 2)) * np.sin(np.pi * rows)
        pattern = "plain"
    else:
        pattern = str(rng.choice(["pleats", "plain", "dots", "checks", "flowers"], p=[0.65, 0.14, 0.07, 0.07, 0.07]))
    color = MASK_COLORS[rng.choice(5, p=[0.4, 0.27, 0.2, 0.07, 0.06])] + rng.normal(0, 6, 3)
    cloth = Material(color, draw_color(rng), pattern, 12.0, 22.0, rng.uniform(1.0, 2.5))
    cord = Material(np.array([235, 235, 235]) if color.min() > 80 else color, color, height=1.0)
    pieces = [Piece(surface.points(across[None, :], latitude, off), cloth, jaw=True)]
    for side in (1, -1):
        for start, end in ((high[0] - 0.03, 0.2), (low[0] + 0.05, -0.22)):
            along = np.linspace(0, 1, 9)
            azimuth = wide - 0.03 + (1.72 - wide) * along
            path = surface.points(azimuth, start + (end - start) * along, 0.22)
            loop = bar(path, 0.13, directions(azimuth, 0 * azimuth), sides=6)
            pieces.append(Piece(loop * (side, 1, 1), cord))
    return Occluder(pieces)


def _cup(middle: np.ndarray, profile: np.ndarray, tall: float) -> np.ndarray:
    """Return a round body about an axis along x, (R, 25, 3).

    ``profile`` (R, 2) holds distances along the axis and radii; ``tall`` stretches the body upwards.
    """
    angle = np.linspace(0, 2 * np.pi, 25)
    along, radius = profile[:, :1], profile[:, 1:]
    return middle + np.stack(np.broadcast_arrays(along, tall * radius * np.cos(angle), radius * np.sin(angle)), -1)


def draw_headphones(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw headphones with cups, a band and often a microphone; or earphones with cables."""
    shell = Material(draw_color(rng), draw_color(rng), height=2.0)
    pad = Material(np.array([30, 30, 32]) + rng.uniform(0, 30), draw_color(rng), height=2.0)
    side_x = 7.25 * surface.person.skull[0]
    if rng.random() < 0.2:
        pieces = []
        for side in (1, -1):
            path = np.array([(side_x + 0.9, -1.2, 1.6), (side_x + 0.8, -4, 2.2), (7.0, -9, 3.2), (5.0, -15, 5.0)])
            path = np.stack([np.interp(np.linspace(0, 3, 12), np.arange(4), path[:, i]) for i in range(3)], 1)
            cable = bar(path, 0.14, np.array([0.3, 0.0, 1.0]), sides=6)
            bud = np.array([side_x + 0.9, -1.2, 1.5]) + 0.75 * directions(
                np.linspace(-np.pi, np.pi, 13)[None], np.linspace(np.pi / 2, -np.pi / 2, 7)[:, None]
            )
            pieces += [Piece(cable * (side, 1, 1), shell, np.linspace(1, 0.1, 12)), Piece(bud * (side, 1, 1), shell)]
        return Occluder(pieces)

    size, tall, thick = rng.uniform(3.2, 4.6), rng.uniform(1.0, 1.25), rng.uniform(1.6, 2.6)
    middle = np.array([side_x - 0.2, -0.6 + rng.uniform(-0.5, 0.5), -0.4 + rng.uniform(-0.4, 0.8)])
    cushion = np.array([(0, 0.6), (0.05, 0.9), (0.5, 1.0), (1.1, 0.95), (1.2, 0.8)]) * (1, size)
    body = np.array([(1.0, 0.9), (1.2, 0.97), (0.6 * thick + 1.0, 0.95), (thick + 1.0, 0.75), (thick + 1.15, 0.0)])
    body = body * (1, size)
    inlay = np.array([(thick + 1.12, 0.62), (thick + 1.3, 0.5), (thick + 1.35, 0.0)]) * (1, size)
    lift, off, wide = rng.uniform(0.4, 1.4), rng.uniform(0.9, 1.5), rng.uniform(0.9, 2.0)
    angle = np.linspace(-1.62, 1.62, 33)
    out_x = side_x + 0.6 * thick + 0.9 - 0.4
    top = float(surface.radius(np.zeros(1), np.full(1, np.pi / 2))[0]) + off + lift - middle[1]
    arc = np.stack(
        [out_x * np.sin(angle), middle[1] + 0.5 + (top - 0.5) * np.cos(angle), 0 * angle + middle[2] - 0.3], 1
    )
    band = bar(arc, wide, np.stack([np.sin(angle), np.cos(angle), 0 * angle], 1), flat=0.35 / wide)
    pieces = [Piece(band, shell if rng.random() < 0.6 else pad)]
    for side in (1, -1):
        for profile, material in ((cushion, pad), (body, shell), (inlay, pad if rng.random() < 0.5 else shell)):
            pieces.append(Piece(_cup(middle, profile, tall) * (side, 1, 1), material))
    if rng.random() < 0.35:
        side = rng.choice([-1, 1])
        path = np.array(
            [
                (side_x + 2, -2.2, 1),
                (side_x + 1.4, -5, 4.5),
                (side_x - 0.5, -7.2, 8.0),
                (4.2, -8.0, 10.3),
                (2.6, -8.2, 11),
            ]
        )
        path = np.stack([np.interp(np.linspace(0, 4, 17), np.arange(5), path[:, i]) for i in range(3)], 1)
        ball = path[-1] + np.array([1.2, 0.75, 0.75]) * directions(
            np.linspace(-np.pi, np.pi, 13)[None], np.linspace(np.pi / 2, -np.pi / 2, 7)[:, None]
        )
        pieces += [
            Piece(bar(path, 0.22, np.array([0.0, 1.0, 0.0]), sides=6) * (side, 1, 1), pad),
            Piece(ball * (side, 1, 1), pad),
        ]

    def press(points: np.ndarray) -> np.ndarray:
        pressed = points.copy()
        azimuth, latitude, distance = angles(points)
        hull = surface.radius(azimuth, latitude)
        aside = np.abs(points[:, 2] - middle[2]) - wide
        limit = hull + off - 0.3 + 1.5 * np.maximum(aside - 0.3, 0)
        over = points[:, 1] > middle[1] + size
        pressed[over] *= np.minimum(1, limit / distance)[over, None]
        under = np.hypot((points[:, 1] - middle[1]) / tall, points[:, 2] - middle[2]) - size
        reach = side_x + 0.5 + 1.2 * np.maximum(under, 0)
        pressed[:, 0] = np.clip(pressed[:, 0], -reach, reach)
        return pressed

    coats = []
    if rng.random() < 0.6:
        surroundings = draw_surroundings(rng)
        coats = [polish(_cup(middle, body * 1.01, tall) * (side, 1, 1), surroundings) for side in (1, -1)]
    return Occluder(pieces, coats, press)


def draw_goggles(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw ski goggles with a mirrored pane, or a headset in front of the eyes, and the strap around the head."""
    skiing = rng.random() < 0.5
    depth = rng.uniform(2.2, 3.2) if skiing else rng.uniform(5.0, 8.0)
    wide = rng.uniform(0.92, 1.08)
    high, low = rng.uniform(0.36, 0.5), rng.uniform(-0.3, -0.2)
    shape = (25, 41)
    s, t = np.linspace(-1, 1, shape[1])[None, :], np.linspace(-1, 1, shape[0])[:, None]
    s, t = np.sign(s) * np.abs(s) ** 0.7, np.sign(t) * np.abs(t) ** 0.7  # denser at the edges
    corner = 1 - 0.22 * np.abs(s) ** 4
    latitude = 0.5 * (high + low) + 0.5 * (high - low) * t * corner
    latitude = latitude + 0.14 * np.exp(-((s / 0.16) ** 2)) * np.maximum(-t, 0)  # room for the nose
    edge = np.minimum(1, 3.2 * (1 - np.maximum(np.abs(s), np.abs(t))))
    front = surface.points(wide * s, latitude, 0.25 + 0 * edge)
    swell = depth * edge ** (0.5 if skiing else 0.35)
    flat = surface.bridge + 0.5 + depth  # the front of a headset is flatter than the face
    out = front * (1 + swell / np.linalg.norm(front, axis=-1))[..., None]
    if not skiing:
        out[..., 2] += edge * 0.6 * (flat - 0.03 * out[..., 0] ** 2 - out[..., 2])
    dark = np.array([26, 26, 28]) + rng.uniform(0, 20)
    color = draw_color(rng) if rng.random() < 0.4 else dark
    case = Material(color, draw_color(rng), height=4.0, width=20.0)
    strap = Material(draw_color(rng) if skiing else dark, draw_color(rng), "stripes" if skiing else "plain", 3.0, 30.0)
    middle = 0.5 * (high + low)
    across = np.linspace(wide - 0.1, 2 * np.pi - wide + 0.1, 45)
    half = rng.uniform(0.09, 0.16)
    belt_rows = (
        middle + 0.12 * np.sin((across - wide) / (2 * np.pi - 2 * wide) * np.pi) + np.array([[half], [0], [-half]])
    )
    belt = surface.points(across[None, :], belt_rows, np.array([[0.45], [0.6], [0.45]]))
    inner = np.abs(s) < 0.83, np.abs(t) < 0.72
    rows, columns = np.flatnonzero(inner[1]), np.flatnonzero(inner[0])
    pane = out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] * 1.012
    tint = rng.uniform(0.1, 1, 3)
    passed = np.zeros((*pane.shape[:2], 3)) + 0.04 * tint
    mirror = rng.uniform(0.25, 0.6) * tint if skiing else np.full(3, rng.uniform(0.03, 0.12))
    lens = Lens(pane, passed, mirror, draw_surroundings(rng), "background")

    def press(points: np.ndarray) -> np.ndarray:
        azimuth, latitude, distance = angles(points)
        hull = surface.radius(azimuth, latitude)
        beyond = np.maximum(np.maximum(latitude - high, low - latitude), 0) * 9
        limit = hull + 0.3 + 1.2 * np.maximum(beyond - 0.5, 0)
        return points * np.minimum(1, limit / distance)[:, None]

    return Occluder([Piece(out, case), Piece(belt, strap)], [polish(out * 1.004, lens.surroundings), lens], press)
