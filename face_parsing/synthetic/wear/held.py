"""Occluders that nobody wears: microphones, telephones, cups, and other people in front of the face."""

import numpy as np

from face_parsing.synthetic.people.head_surface import HeadSurface, directions
from face_parsing.synthetic.people.identity import HAIR_COLORS
from face_parsing.synthetic.wear.lenses import draw_surroundings, polish
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, bar, draw_cloth, draw_color, turned

SPHERE = directions(np.linspace(-np.pi, np.pi, 25)[None, :], np.linspace(np.pi / 2, -np.pi / 2, 13)[:, None])


def draw_microphone(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a microphone in front of mouth or chin, on a stand or in a hand."""
    ball = np.array([rng.normal(0, 2.0), rng.uniform(-11.5, -8), surface.bridge + rng.uniform(3.0, 5.5)])
    away = np.array([rng.normal(0, 0.5), -1.0, rng.uniform(-0.1, 0.6)])
    away /= np.linalg.norm(away)
    steps = np.linspace(0, 1, 8)[:, None]
    radius = np.interp(steps[:, 0], [0, 0.2, 1], [2.0, 1.7, 1.2])
    stick = bar(ball + away * (1.5 + 16 * steps), radius, np.array([0.2, 0.0, 1.0]))
    head = Material(draw_color(rng) * 0.5, np.array([90, 90, 92]), "dots", 4.0, 8.0, 0.8)
    dark = np.array([30, 30, 32]) + rng.uniform(0, 30)
    pieces = [Piece(ball + rng.uniform(2.1, 2.9) * SPHERE, head), Piece(stick, Material(dark, dark))]
    return Occluder(pieces + (_fist(surface, ball + away * 10, away) if rng.random() < 0.7 else []))


def _fist(surface: HeadSurface, middle: np.ndarray, along: np.ndarray) -> list[Piece]:
    """Return a fist around a stick, and its forearm."""
    skin = surface.person.skin * (0.97, 0.93, 0.91)
    material = Material(skin, skin, "skin", 8.0, 6.0)
    across = np.cross(along, (0, 0, 1.0))
    across /= np.linalg.norm(across)
    front = np.cross(across, along)
    angle = np.linspace(-2.6, 2.4, 14)[:, None]
    pieces = []
    for number in range(4):
        ring = middle + along * (number - 1.5) * 1.9 + 2.1 * (np.sin(angle) * across + np.cos(angle) * front)
        width = np.concatenate([np.full(11, 1.0), [0.95, 0.75, 0.05]])
        pieces.append(Piece(bar(ring, width, along), material))
    arm = middle + np.linspace(0, 1, 6)[:, None] * (28 * along - 6 * front - 4 * across) - 2 * front
    return [*pieces, Piece(bar(arm, np.linspace(3.2, 4.4, 6), across), Material(skin, skin, height=4.0))]


def _box(size: np.ndarray) -> np.ndarray:
    """Return a box with rounded edges about the origin, (13, 25, 3)."""
    return np.sign(SPHERE) * np.abs(SPHERE) ** 0.22 * size / 2


def draw_telephone(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a telephone at an ear or in front of the face."""
    color = Material(draw_color(rng), draw_color(rng), height=4.0, width=12.0)
    slab = _box(np.array([7.4, 15.0, 1.0]))
    if rng.random() < 0.5:
        side = rng.choice([-1, 1])
        at_ear = turned(turned(slab, 2, rng.uniform(0.2, 0.6)), 1, np.pi / 2 - 0.25)
        at_ear = turned(at_ear, 0, rng.uniform(0.2, 0.5)) + (7.4 * surface.person.skull[0] + 1.6, -3.2, 2.0)
        skin = surface.person.skin * (0.97, 0.93, 0.91)
        finger = Material(skin, skin, "skin", 8.0, 6.0)
        pieces = [Piece(at_ear, color)]
        for number in range(4):
            path = np.array([10.0, -8.0 + 2.0 * number, 2.5]) + np.linspace(0, 1, 9)[:, None] * (0.4, 1.2, -6.0)
            pieces.append(Piece(bar(path, np.array([0.9] * 7 + [0.7, 0.1]), np.array([1.0, 0, 0])), finger))
        arm = np.array([10.5, -7.0, 1.0]) + np.linspace(0, 1, 8)[:, None] * (8.0, -28.0, -2.0)
        pieces.append(Piece(bar(arm, np.linspace(3, 4.5, 8), np.array([0, 0.2, 1.0])), draw_cloth(rng, 8.0, 12.0)))
        return Occluder([Piece(p.points * (side, 1, 1), p.material, p.follow) for p in pieces])
    middle = np.array([rng.normal(0, 4), rng.uniform(-9, -2), surface.bridge + rng.uniform(6, 10)])
    held = turned(turned(slab, 2, rng.choice([0, np.pi / 2]) + rng.normal(0, 0.2)), 0, rng.normal(0, 0.2)) + middle
    fist = _fist(surface, middle - (0, 7, -0.5), np.array([0.1, -1.0, 0.0]))
    return Occluder([Piece(held, color), *fist], [polish(middle + (held - middle) * 1.01, draw_surroundings(rng))])


def draw_cup(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a cup or a glass at the mouth, with the hand that holds it."""
    angle = np.linspace(-np.pi, np.pi, 25)
    profile = np.array([(0.0, 3.0), (2.0, 3.6), (5.0, 4.0), (9.0, 4.3), (9.2, 4.2), (8.8, 0.1)])
    profile[:, 1] *= rng.uniform(0.75, 1.0)
    cup = np.stack(
        np.broadcast_arrays(profile[:, 1:] * np.sin(angle), profile[:, :1] - 8.8, profile[:, 1:] * np.cos(angle)), -1
    )
    cup = turned(cup, 0, rng.uniform(0.2, 1.0)) + (0, -7.2, surface.bridge + 4.5)
    fist = _fist(surface, cup.reshape(-1, 3).mean(0) - (0, 0.5, 0), np.array([0.25, -0.95, 0.2]))
    wider = [Piece(p.points + (rng.choice([-1, 1]) * 1.5, -1.0, 2.0), p.material, p.follow) for p in fist]
    return Occluder([Piece(cup, draw_cloth(rng, 8.0, 20.0, plain=0.6)), *wider])


def draw_passer_by(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw the back of the head and the shoulder of another person, nearer to the camera and to one side."""
    side, near = rng.choice([-1, 1]), rng.uniform(11, 16)
    middle = np.array([rng.uniform(12, 18), rng.uniform(-9, 0), near])
    hair = np.clip(HAIR_COLORS[rng.integers(8)] + rng.normal(0, 8, 3), 8, 240)
    strands = Material(hair, hair, "strands", 16.0, 40.0)
    size = np.array([rng.uniform(6.5, 8.5), rng.uniform(9, 15), 8.0])
    locks = 1 + rng.uniform(0.02, 0.08) * rng.standard_normal((1, SPHERE.shape[1], 1))
    locks[:, -1] = locks[:, 0]
    length = np.linspace(0, 1, SPHERE.shape[0])[:, None, None]
    hanging = SPHERE * size * (1 + (locks - 1) * length)
    hanging[..., 1] -= rng.uniform(0, 6) * length[..., 0] ** 2  # long or short hair
    pieces = [Piece(middle + hanging, strands, 0.0)]
    shoulder = middle - (-6, size[1] + 4, 0) + SPHERE * (17, 9, 8)
    pieces.append(Piece(shoulder, draw_cloth(rng, 12.0, 30.0, plain=0.6), 0.0))
    return Occluder([Piece(p.points * (side, 1, 1), p.material, p.follow) for p in pieces])
