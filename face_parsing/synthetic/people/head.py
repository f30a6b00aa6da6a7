"""The head's own surface, its ears, and its opening jaw.

The head is a star-shaped surface about a point between the ears at eye height. The coordinates of a point on it are its
azimuth (0 is the face's middle line, positive to the subject's left) and its height. ``UNROLLED`` times the azimuth is
the length along the face in centimetres, the coordinate in which face.py draws.
"""

import numpy as np

from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.rendering.mesh import ellipsoid_points

UNROLLED = 8.5  # the length of a radian on the face, centimetres
MOUTH_HEIGHT = -6.9
SKULL_CENTER = np.array([0.0, 2.6, -1.0])
SKULL_RADII = np.array([7.5, 9.2, 9.6])
EYE_DISTANCE = 3.15  # from the middle line, centimetres
GRID = (85, 97)  # rows and columns of the head's points


def _bump(u: np.ndarray, y: np.ndarray, at: tuple[float, float], spread: tuple[float, float]) -> np.ndarray:
    return np.exp(-(((u - at[0]) / spread[0]) ** 2) - ((y - at[1]) / spread[1]) ** 2)


def relief(person: Identity, u: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how far (centimetres) the face stands out from the plain head at ``u`` along the face and height ``y``."""
    side = np.abs(u)
    eye = (EYE_DISTANCE * person.eye[0], person.eye[1])
    mouth = MOUTH_HEIGHT + person.mouth[3]
    out = 0.3 * person.brow_ridge * 2 * _bump(side, y, (2.8, 2.0), (2.4, 0.7))
    out -= 0.95 * _bump(side, y, (eye[0] - 0.3, eye[1] + 0.2), (1.7, 1.0))
    out += 0.62 * _bump(side, y, eye, (1.15, 0.7))
    out += (0.35 + person.cheek) * _bump(side, y, (4.6, -2.6), (1.8, 1.5))
    out -= 0.35 * _bump(side, y, (5.4, -5.6), (1.8, 1.8))
    out += 0.45 * _bump(u, y, (0, mouth), (2.6, 1.7))
    out += 0.28 * _bump(u, y, (0, mouth + 0.45), (1.7 * person.mouth[0], 0.4)) * person.mouth[1]
    out += 0.36 * _bump(u, y, (0, mouth - 0.6), (1.5 * person.mouth[0], 0.45)) * person.mouth[2]
    out -= 0.25 * _bump(u, y, (0, mouth), (2.3 * person.mouth[0], 0.22))
    out -= 0.35 * _bump(u, y, (0, mouth - 1.6), (1.6, 0.5))
    out += person.chin * _bump(u, y, (0, mouth - 3.0), (1.7, 1.1))
    return out + _nose(person, u, y)


def _nose(person: Identity, u: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the relief of the nose: a ridge that rises from the bridge to the tip, with wings at its foot."""
    width, length, protrusion, lift = person.nose
    root, tip = 0.9, -4.1 * length + 0.3 * lift
    foot = tip - 0.85 + 0.5 * lift
    along = np.clip((root - y) / (root - tip), 0, 1)
    under = np.clip((y - foot) / (tip - foot), 0, 1)
    ridge = protrusion * (0.25 + 2.3 * along**1.4) * np.where(y > root, np.exp(-(((y - root) / 0.8) ** 2)), 1)
    ridge *= under * under * (3 - 2 * under)
    spread = width * (0.62 + 0.45 * along)
    wings = 0.75 * protrusion * _bump(np.abs(u), y, (1.15 * width, tip - 0.15), (0.55, 0.65))
    return ridge * np.exp(-(np.abs(u / spread) ** 2.4)) + wings


def grid_azimuths() -> np.ndarray:
    """Return the azimuths of the columns of :func:`head_points`, (columns,) radians, densest in front."""
    step = np.linspace(-1, 1, GRID[1])
    return np.pi * (0.45 * step + 0.55 * step**3)


def head_points(person: Identity) -> np.ndarray:
    """Return the head at rest, (rows, columns, 3), from the crown down and from back over the face to back."""
    azimuth = grid_azimuths()[None, :]
    latitude = np.linspace(np.pi / 2, -np.pi / 2, GRID[0])[:, None]
    direction = np.stack(
        np.broadcast_arrays(np.cos(latitude) * np.sin(azimuth), np.sin(latitude), np.cos(latitude) * np.cos(azimuth)),
        axis=-1,
    )
    blobs = [
        (SKULL_CENTER, SKULL_RADII * person.skull),
        (np.array([0, -3.4, 1.7]), np.array([6.1 * person.jaw_width, 7.0, 6.9])),
        (
            np.array([0, -5.0 * person.jaw_length, 3.1]),
            np.array([4.5 * person.jaw_width, 6.35 * person.jaw_length, 5.7]),
        ),
    ]
    power = 14
    radius = sum(_exit(direction, *blob) ** power for blob in blobs) ** (1 / power)
    points = radius[..., None] * direction
    u, y = np.broadcast_to(UNROLLED * azimuth, radius.shape), points[..., 1]
    out = relief(person, u, y)
    points[..., 0] += out * np.sin(azimuth)
    points[..., 2] += out * np.cos(azimuth)
    return points


def _exit(direction: np.ndarray, center: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return the distance at which rays from the origin leave an ellipsoid that contains the origin."""
    d, c = direction / radii, center / radii
    along, square = d @ c, (d * d).sum(-1)
    return (along + np.sqrt(np.maximum(along**2 - square * (c @ c - 1), 0))) / square


def open_jaw(points: np.ndarray, mouth_height: float, gap: float) -> np.ndarray:
    """Return the head's points (N, 3) with the chin lowered by ``gap`` centimetres."""
    weight = np.clip((mouth_height - points[:, 1]) / 2.0, 0, 1) * np.clip((points[:, 2] + 1.0) / 5.0, 0, 1)
    opened = points.copy()
    opened[:, 1] -= gap * weight
    return opened


def ear_points(person: Identity, side: int) -> np.ndarray:
    """Return an ear, a leaning flat ellipsoid, (rows, columns, 3); ``side`` is 1 for the subject's left, else -1."""
    size, stand_off = person.ear
    points = ellipsoid_points(np.zeros(3), np.array([0.62, 3.15 * size, 1.75 * size]), 15, 25)
    points[..., 2] *= 1 + 0.14 * points[..., 1] / size  # wider above than at the lobe
    lean, turn = np.deg2rad(12), -(0.25 + 0.5 * stand_off)
    y, z = points[..., 1].copy(), points[..., 2].copy()
    points[..., 1], points[..., 2] = y * np.cos(lean) + z * np.sin(lean), z * np.cos(lean) - y * np.sin(lean)
    x, z = points[..., 0].copy(), points[..., 2] - 1.5 * size
    points[..., 0], points[..., 2] = x * np.cos(turn) + z * np.sin(turn), z * np.cos(turn) - x * np.sin(turn)
    root = np.array([7.25 * person.skull[0], -0.7, 0.4])
    points = points + root
    if side < 0:
        points = points[:, ::-1] * (-1, 1, 1)
    return points
