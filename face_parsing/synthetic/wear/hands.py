"""Hands on the face in the person's own skin color: a palm, fingers that lie on the face, and a forearm."""

import numpy as np

from face_parsing.synthetic.people.head_surface import HeadSurface
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, bar, draw_cloth

RADIAN = 9.5  # the length of a radian on the face, centimetres
PLACES = {  # azimuth and latitude of the fingers' middle joints; the fingers' direction, degrees from upright
    "cheek": (0.75, -0.25, 15),
    "chin": (0.25, -0.75, 35),
    "mouth": (0.05, -0.55, 60),
    "eye": (0.38, 0.02, 25),
    "temple": (1.0, 0.25, 10),
    "forehead": (0.15, 0.5, 70),
}


def draw_hand(rng: np.random.Generator, surface: HeadSurface) -> Occluder:
    """Draw a hand on a cheek, the chin, the mouth, an eye, a temple or the forehead."""
    azimuth, latitude, degrees = PLACES[str(rng.choice(list(PLACES), p=[0.27, 0.2, 0.22, 0.12, 0.1, 0.09]))]
    place = np.array([azimuth, latitude]) + rng.normal(0, (0.12, 0.09))
    lean = np.deg2rad(degrees + rng.normal(0, 14))
    towards = np.array([-np.sin(lean), np.cos(lean)])  # along the face: to the subject's left and up
    side = np.array([np.cos(lean), np.sin(lean)])
    size = rng.uniform(0.9, 1.1)
    skin = surface.person.skin * (0.97, 0.93, 0.91)
    material = Material(skin, skin, "skin", 8.0, 6.0)
    plain = Material(skin, skin, "plain", 6.0, 10.0)

    def on_face(along: np.ndarray, aside: np.ndarray, off: np.ndarray | float) -> np.ndarray:
        flat = (along[:, None] * towards + aside[:, None] * side) / RADIAN
        height = np.clip(place[1] + flat[:, 1], -1.35, 1.3)
        return surface.points(place[0] + flat[:, 0], height, off)

    spread = rng.uniform(0.0, 0.12)
    curled = rng.random(4) < rng.choice([0.0, 0.35])
    pieces = []
    knuckles = -4.0 * size
    for finger, length in enumerate((7.0, 7.9, 7.5, 6.0)):
        share = 0.45 if curled[finger] else rng.uniform(0.92, 1.0)
        along = np.linspace(0, 1, 12)
        base = (finger - 1.5) * 1.95 * size
        aside = base * (1 + spread * 3 * along) + rng.normal(0, 0.1)
        radius = size * (0.93 - 0.06 * (finger == 3) - 0.22 * along)
        tip = np.sqrt(np.clip(1 - ((along - 0.9) / 0.1).clip(0, 1) ** 2, 0.0, 1))
        bent = np.sin(np.pi * along) * rng.uniform(0.1, 0.9)
        path = on_face(knuckles + along * length * share * size, aside, radius + 0.1 + bent + 0.8 * (1 - along) ** 2)
        out = path / np.linalg.norm(path, axis=1, keepdims=True)
        pieces.append(Piece(bar(path, np.maximum(radius * tip, 0.02), out, sides=10), material))

    thumb = np.linspace(0, 1, 11)
    thumb_side = rng.choice([-1, 1])
    aside = thumb_side * size * (3.0 + 4.6 * thumb**0.8)
    along = knuckles - 4.5 + 5.2 * thumb
    radius = size * (1.15 - 0.3 * thumb) * np.sqrt(np.clip(1 - ((thumb - 0.88) / 0.12).clip(0, 1) ** 2, 0, 1))
    path = on_face(along, aside, 0.9 + 0.4 * np.sin(np.pi * thumb))
    out = path / np.linalg.norm(path, axis=1, keepdims=True)
    pieces.append(Piece(bar(path, np.maximum(radius, 0.02), out, sides=10), material))

    # The palm and the forearm continue straight from the fingers' roots, away from the face.
    root = on_face(np.array([knuckles + 0.6]), np.zeros(1), 1.8)[0]
    ahead = on_face(np.array([knuckles + 2.6]), np.zeros(1), 1.8)[0]
    aside_of = on_face(np.array([knuckles + 0.6]), np.ones(1), 1.8)[0] - root
    back = root - ahead
    back /= np.linalg.norm(back)
    out = root / np.linalg.norm(root)
    back = back + 0.25 * out
    back /= np.linalg.norm(back)
    normal = np.cross(aside_of, back)
    normal *= np.sign(normal @ out) / np.linalg.norm(normal)
    steps = np.linspace(0, 1, 11)
    palm_path = root + back * (steps[:, None] * 9.6 * size)
    half = size * np.interp(steps, [0, 0.15, 0.5, 0.8, 1], [3.4, 4.1, 4.2, 3.5, 2.7])
    palm = bar(palm_path, half, normal, sides=17, flat=0.36)
    close = np.concatenate([palm[:1].mean(1, keepdims=True).repeat(17, 1), palm])
    pieces.append(Piece(close, plain))
    wrist = palm_path[-1] - back * 0.4
    down = np.array([0.35 * np.sign(wrist[0] or 1.0), -1.0, -0.1])
    reach = np.linspace(0, 1, 13)[:, None]
    arm_path = wrist + back * (12 * reach * (1 - 0.6 * reach)) + down * (30 * reach**1.6)
    arm_radius = np.interp(reach[:, 0], [0, 0.1, 1], [2.75, 2.6, 4.6])
    follow = 1 - reach[:, 0] ** 1.5
    pieces.append(Piece(bar(arm_path, arm_radius, normal, sides=13, flat=0.85), plain, follow))
    if rng.random() < 0.6:
        sleeve = draw_cloth(rng, 10.0, 20.0, plain=0.6)
        start = rng.integers(1, 6)
        sleeve_points = bar(arm_path, arm_radius + 0.7, normal, sides=13, flat=0.9)[start:]
        pieces.append(Piece(sleeve_points, sleeve, follow[start:]))
    mirror = rng.choice([-1, 1])
    return Occluder([Piece(p.points * (mirror, 1, 1), p.material, p.follow) for p in pieces])
