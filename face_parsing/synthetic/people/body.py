"""Neck and shoulders. Points are in centimetres about the head's origin, and the body faces the viewer."""

import numpy as np

from face_parsing.synthetic.people.identity import Identity

NECK_TOP, NECK_FOOT = -4.5, -16.5


def neck_points(person: Identity) -> tuple[np.ndarray, np.ndarray]:
    """Return the neck, (rows, columns, 3) points, and how far each row follows the head (1) or the shoulders (0)."""
    follow = np.linspace(1, 0, 12)
    azimuth = np.linspace(-np.pi, np.pi, 33)[None, :]
    radius = person.neck * (5.2 + 1.6 * (1 - follow[:, None]) ** 4)
    clothes = person.clothes
    foot = NECK_FOOT + clothes.rise
    y = np.broadcast_to(foot + (NECK_TOP - foot) * follow[:, None], (12, 33))
    covered = (y - foot) < collar_height(person, azimuth)
    radius = radius + 0.45 * covered * (clothes.high > 0)
    apple = 0.35 * np.exp(-(((azimuth) / 0.25) ** 2) - ((y + 12.3) / 1.0) ** 2)
    z = (radius + apple) * np.cos(azimuth) - 2.0 - 1.8 * (1 - follow[:, None])
    return np.stack(np.broadcast_arrays(radius * np.sin(azimuth), y, z), -1), follow


def collar_height(person: Identity, azimuth: np.ndarray) -> np.ndarray:
    """Return how far a collar reaches up from the foot of the neck, centimetres, by azimuth."""
    clothes = person.clothes
    return clothes.high - clothes.open * np.clip(1 - np.abs(azimuth) / 1.2, 0, 1)


def torso_points(person: Identity) -> np.ndarray:
    """Return the shoulders and the trunk, (rows, columns, 3)."""
    down = np.array([0.0, 0.6, 1.4, 2.4, 3.6, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 45.0, 70.0, 110.0])[:, None]
    azimuth = np.linspace(-np.pi, np.pi, 49)[None, :]
    reach = 1 - np.exp(-down / 2.6)
    trunk = 1 - 0.12 * np.clip((down - 20) / 60, 0, 1)
    half_width = person.neck * 5.6 + (person.shoulders * 20 - 5.6) * reach * trunk
    half_depth = person.neck * 5.4 + 4.6 * reach
    sine, cosine = np.sin(azimuth), np.cos(azimuth)
    x = half_width * np.sign(sine) * np.abs(sine) ** 0.8
    z = half_depth * cosine - 3.6
    return np.stack(np.broadcast_arrays(x, NECK_FOOT + person.clothes.rise + 1.6 - down, z), -1)
