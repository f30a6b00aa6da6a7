"""Headwear: caps, hats, hoods, scarves and headbands, which press the hair down."""

from collections.abc import Callable

import numpy as np

from face_parsing.synthetic.people.head_surface import HeadSurface, angles, directions
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, draw_cloth, draw_color

UNDER = 0.45  # the gap between a hat's cloth and the hair or ears under it, centimetres
AROUND = np.linspace(-np.pi, np.pi, 65)


def press_under(
    surface: HeadSurface, height: float, slope: float, off: float, band: float = np.inf
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that presses (N, 3) points of hair and ears under a shell ``off`` centimetres above the hull.

    The shell lies above the plane ``y = height + slope * z``, up to ``band`` centimetres above it. The further a
    point is from the shell, the further it may stand out.
    """

    def press(points: np.ndarray) -> np.ndarray:
        azimuth, latitude, distance = angles(points)
        hull = surface.radius(azimuth, latitude)
        # We test the point of the hull below each point, so that high hair above the hat is pressed down too.
        ground = directions(azimuth, latitude) * hull[:, None]
        above = ground[:, 1] - height - slope * ground[:, 2]
        beyond = np.maximum(np.maximum(-above, above - band), 0)
        limit = hull + off - UNDER + 1.2 * np.maximum(beyond - 0.6, 0)
        return points * np.minimum(1, limit / distance)[:, None]

    return press


def _shell(
    surface: HeadSurface, height: float, slope: float, off: float | np.ndarray, rows: int = 14, top: float = np.pi / 2
) -> np.ndarray:
    """Return a shell from the crown down to a plane, (rows, 65, 3)."""
    edge = surface.edge(AROUND, height, slope, float(np.mean(off)))
    latitude = top + (edge - top)[None, :] * np.linspace(0, 1, rows)[:, None]
    return surface.points(AROUND[None, :], latitude, off)


def _cap(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a baseball cap with the visor to the front, to the back or oblique."""
    turn = rng.choice([rng.normal(0, 0.12), np.pi + rng.normal(0, 0.15), rng.uniform(-0.9, 0.9)], p=[0.7, 0.22, 0.08])
    height, slope, off = rng.uniform(2.6, 4.2), rng.uniform(0.12, 0.32), rng.uniform(0.7, 1.1)
    edge = surface.edge(AROUND, height, slope, off)
    rows = np.linspace(0, 1, 16)[:, None]
    latitude = np.pi / 2 + (edge - np.pi / 2)[None, :] * rows
    away = (AROUND - turn + np.pi) % (2 * np.pi) - np.pi
    panel = rng.uniform(0.3, 1.6) * np.exp(-((away / 0.9) ** 2))[None, :] * np.sin(np.pi * rows) ** 0.7
    crown = surface.points(AROUND[None, :], latitude, off + panel)
    cloth = draw_cloth(rng, 14.0, 48.0, plain=0.8)
    other = draw_cloth(rng, 6.0, 14.0, plain=1.0) if rng.random() < 0.3 else cloth

    span = np.linspace(-1.15, 1.15, 21)
    length = rng.uniform(5.5, 8.0)
    rim = surface.points(turn + span, surface.edge(turn + span, height, slope, off), off - 0.1)
    forward = np.array([np.sin(turn), slope * np.cos(turn) - rng.uniform(0.05, 0.35), np.cos(turn)])
    reach = length * np.clip(1 - (np.abs(span) / 1.15) ** 2.6, 0, 1) ** 0.7
    curl = rng.uniform(0.3, 2.2) * (span / 1.15) ** 2
    steps = np.linspace(-0.08, 1, 8)[:, None]  # from within the crown
    visor = rim + steps[..., None] * (reach[:, None] * forward)
    visor[..., 1] -= curl * np.maximum(steps, 0) * (reach > 0.3)
    thick = np.concatenate([visor, visor[::-1] - (0, 0.25, 0)])
    pieces = [Piece(crown, cloth), Piece(thick, other)]
    if rng.random() < 0.35:  # a badge on the front
        badge_around = turn + np.linspace(-0.28, 0.28, 7)
        low = surface.edge(badge_around, height, slope, off)
        rise = np.linspace(0.62, 0.2, 5)[:, None]
        badge = surface.points(badge_around[None, :], low + rise, off + 0.12 + 1.6)
        base = surface.points(badge_around[None, :], low + rise, off)
        lifted = np.interp(rise, [0, 1.2], [0.0, 1.0])
        badge = base + (badge - base) * (0.2 + lifted)[..., None]
        pieces.append(Piece(badge, Material(draw_color(rng), draw_color(rng), "blotches", 4.0, 5.0, 1.2)))
    return Occluder(pieces, press=press_under(surface, height, slope, off))


def _knitted_cap(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a knitted cap, with or without a turned-up cuff; some slouch, and some have a bobble."""
    height, slope, off = rng.uniform(0.5, 3.6), rng.uniform(0.15, 0.42), rng.uniform(0.8, 1.4)
    crown = _shell(surface, height, slope, off)
    slouch = rng.uniform(0, 4) * (rng.random() < 0.5)
    up = np.clip((crown[..., 1] - 8) / 5, 0, 1)
    crown[..., 1] += slouch * up * 0.7
    crown[..., 2] -= slouch * up
    ground, second = draw_color(rng), draw_color(rng)
    if rng.random() < 0.6:
        second = ground
    wool = Material(ground, second, "knit", 16.0, 46.0, rng.uniform(3, 7))
    pieces = [Piece(crown, wool)]
    if rng.random() < 0.6:
        depth = rng.uniform(3.5, 6.5)
        cuff = _ring(surface, height, slope, off + 0.45, depth)
        pieces.append(Piece(cuff, Material(second, second, "knit", depth, 46.0) if rng.random() < 0.4 else wool))
    if rng.random() < 0.25:
        bobble = rng.uniform(1.8, 3.2) * directions(AROUND[None, ::4], np.linspace(np.pi / 2, -np.pi / 2, 9)[:, None])
        middle = crown[0, 0] + (0, 1.2, 0)
        pieces.append(Piece(middle + bobble, Material(second, second, "straw", 5.0, 10.0)))
    return Occluder(pieces, press=press_under(surface, height, slope, off))


def _ring(surface: HeadSurface, height: float, slope: float, off: float, depth: float) -> np.ndarray:
    """Return a band around the head, ``depth`` high above a plane, bent in at its edges, (6, 65, 3)."""
    low, high = surface.edge(AROUND, height, slope, off), surface.edge(AROUND, height + depth, slope, off)
    share = np.array([1.0, 1.0, 0.7, 0.3, 0.0, 0.0])[:, None]
    bend = np.array([-0.5, 0.0, 0.1, 0.1, 0.0, -0.5])[:, None]
    return surface.points(AROUND[None, :], low + share * (high - low), off + bend)


def _brimmed_hat(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a hat of felt, straw or cloth with a brim all around."""
    height, slope, off = rng.uniform(3.4, 5.0), rng.uniform(0.05, 0.25), 0.9
    rim = surface.points(AROUND, surface.edge(AROUND, height, slope, off), off)
    middle = rim.mean(0)
    tall = max(10.0, float(surface.radius(np.zeros(1), np.full(1, np.pi / 2))[0]) + 1.6 - middle[1])
    scale = np.array([0.0, 0.35, 0.72, 0.86, 0.93, 0.97, 1.0, 1.0])[:, None, None]
    rise = tall * np.array([1.0, 1.0, 0.99, 0.94, 0.8, 0.5, 0.12, 0.0])
    if rng.random() < 0.5:
        rise[:2] -= rng.uniform(0.5, 1.8)  # a dent
    crown = middle + scale * (rim - middle)
    crown[..., 1] += rise[:, None]
    wide, drop, curl = rng.uniform(4.0, 9.0), rng.uniform(-0.05, 0.45), rng.uniform(0, 0.35)
    out = np.linspace(-0.3, wide, 7)[:, None]
    outward = rim - middle
    outward[:, 1] = 0
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    brim = rim + out[..., None] * outward
    brim[..., 1] += -drop * out + curl * out * np.sin(AROUND) ** 2
    straw = rng.random() < 0.35
    ground = np.array([206, 176, 120]) + rng.normal(0, 14, 3) if straw else draw_color(rng)
    cloth = Material(ground, ground, "straw" if straw else "plain", 14.0, 48.0)
    ribbon = Material(draw_color(rng), draw_color(rng), height=2.0)
    band = np.concatenate([rim + (0, y, 0) + r * outward for y, r in ((2.8, -0.1), (2.7, 0.2), (0.1, 0.3))]).reshape(
        3, 65, 3
    )
    return Occluder(
        [Piece(crown, cloth), Piece(brim, cloth), Piece(band, ribbon)],
        press=press_under(surface, height, slope, 0.9),
    )


def _opening(surface: HeadSurface, off: float, top: float, side: float, bottom: float, rows: int) -> np.ndarray:
    """Return a shell from an opening around the face to the back of the head, (rows + 1, 65, 3).

    The opening reaches ``top`` radians above the forward axis, ``side`` to both sides and ``bottom`` below.
    """
    half = np.where(np.cos(AROUND) > 0, top, bottom)
    opening = 1 / np.sqrt((np.cos(AROUND) / half) ** 2 + (np.sin(AROUND) / side) ** 2)
    from_front = opening + (np.pi - opening) * np.linspace(0, 1, rows)[:, None]
    towards = np.stack(
        np.broadcast_arrays(
            np.sin(from_front) * np.sin(AROUND), np.sin(from_front) * np.cos(AROUND), np.cos(from_front)
        ),
        -1,
    )
    azimuth, latitude, _ = angles(towards)
    shell = surface.points(azimuth, latitude, off)
    first = shell[:1] - (shell[:1] * 0.06)  # the edge folds inwards
    return np.concatenate([first, shell])


def _skirt(rng: np.random.Generator, wide: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw cloth around the neck down to the shoulders, (12, 65, 3), and how far its rows follow the head."""
    down = np.linspace(0, 1, 12)[:, None]
    front = 0.5 + 0.5 * np.cos(AROUND)[None, :]
    y = (1 - down) * (-4.0 - 5.5 * front) + down * -20.5
    folds = 0.35 * np.sin(AROUND * rng.integers(5, 10) + rng.uniform(0, 6) + 3 * down) * np.sin(np.pi * down)
    reach_x = 7.4 + wide * down**1.5 * 6 + folds
    reach_z = 7.8 + wide * down**1.5 * 2.5 + folds
    points = np.stack(
        np.broadcast_arrays(reach_x * np.sin(AROUND), y, -2.2 + reach_z * np.cos(AROUND) - 1.5 * down), -1
    )
    return points, np.linspace(1, 0, 12)


def _headscarf(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a scarf around head and neck, or a kerchief over the hair."""
    cloth = draw_cloth(rng, 18.0, 48.0, plain=0.55)
    if rng.random() < 0.3:
        height, slope, off = rng.uniform(0.8, 2.4), rng.uniform(0.35, 0.5), 0.6
        return Occluder(
            [Piece(_shell(surface, height, slope, off), cloth)], press=press_under(surface, height, slope, off)
        )
    shell = _opening(surface, 0.75, rng.uniform(0.5, 0.72), rng.uniform(1.0, 1.25), rng.uniform(1.0, 1.12), 14)
    skirt, follow = _skirt(rng, rng.uniform(0.5, 1.2))
    return Occluder(
        [Piece(shell, cloth), Piece(skirt, cloth, follow)], press=press_under(surface, -40, 0, 0.75), hides_hair=True
    )


def _hood(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw the wide hood of a jacket or a jumper; the hair is visible in half of them."""
    off = rng.uniform(1.5, 2.8)
    cloth = draw_cloth(rng, 18.0, 48.0, plain=0.8)
    shell = _opening(surface, off, rng.uniform(0.9, 1.3), rng.uniform(1.25, 1.6), rng.uniform(1.3, 1.5), 14)
    skirt, follow = _skirt(rng, rng.uniform(0.8, 1.3))
    skirt = skirt * (1.15, 1, 1.1)
    fur = [Piece(shell[:3] * 1.03, Material(draw_color(rng), draw_color(rng), "straw", 3.0, 40.0))]
    trimmed = fur if rng.random() < 0.25 else []
    return Occluder(
        [Piece(shell, cloth), Piece(skirt, cloth, follow), *trimmed],
        press=press_under(surface, -40, 0, off),
        hides_hair=bool(rng.random() < 0.5),
    )


def _headband(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a band of cloth around the head over the hair."""
    depth, slope, off = rng.uniform(2.0, 6.0), rng.uniform(0.15, 0.45), rng.uniform(0.35, 0.65)
    height = rng.uniform(1.8, 4.5)
    return Occluder(
        [Piece(_ring(surface, height, slope, off, depth), draw_cloth(rng, depth, 46.0, plain=0.5))],
        press=press_under(surface, height, slope, off, depth),
    )


HEADWEAR: dict[str, tuple[float, Callable[[np.random.Generator, HeadSurface], Occluder]]] = {  # shares
    "cap": (0.32, _cap),
    "knitted_cap": (0.22, _knitted_cap),
    "brimmed_hat": (0.16, _brimmed_hat),
    "hood": (0.11, _hood),
    "headscarf": (0.1, _headscarf),
    "headband": (0.09, _headband),
}


def draw_headwear(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw one of HEADWEAR."""
    kind = rng.choice(list(HEADWEAR), p=[share for share, _ in HEADWEAR.values()])
    return HEADWEAR[str(kind)][1](rng, surface)
