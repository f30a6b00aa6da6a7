"""Glasses: tubes around the lenses, a bridge, and the arms to the ears."""

import numpy as np

from face_parsing.synthetic.people.head import EYE_DISTANCE
from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.rendering.mesh import superellipse, tube_points

LENSES = {"round": (2.25, 2.1, 2.0), "square": (2.6, 1.75, 4.5), "oval": (2.5, 1.6, 2.4)}  # half axes and exponent


def glasses_points(person: Identity, front: float) -> list[np.ndarray]:
    """Return the tubes of the frame, each (length, sides, 3); ``front`` is how far the eyes are before the origin."""
    assert person.glasses is not None, "a person without glasses has no tubes"
    half_width, half_height, exponent = LENSES[person.glasses]
    radius = person.glasses_thickness
    middle = np.array([EYE_DISTANCE * person.eye[0] + 0.1, person.eye[1] - 0.35])
    x, y = superellipse(half_width, half_height, exponent, 49)
    rim_x, rim_y = middle[0] + x, middle[1] + y

    def depth(x: np.ndarray) -> np.ndarray:
        return front + 1.3 - 0.045 * x**2

    rim = np.stack([rim_x, rim_y, depth(rim_x)], 1)
    across = np.linspace(-1, 1, 9)
    inner = middle[0] - half_width
    bridge_y = middle[1] + 0.45 * half_height + 0.25 * (1 - across**2)
    bridge = np.stack([across * (inner + 0.05), bridge_y, np.full(9, front + 1.35)], 1)
    hinge = np.array([middle[0] + half_width, middle[1] + 0.35 * half_height, depth(middle[0] + half_width)])
    hook = np.array([7.7 * person.skull[0], 1.2, -0.6])
    along = np.linspace(0, 1, 14)[:, None]
    arm = hinge + (hook - hinge) * along
    arm[:, 0] += 0.5 * np.sin(np.pi * along[:, 0] * 0.9)
    tubes = [tube_points(rim, radius), tube_points(bridge, radius), tube_points(arm, radius * 0.85)]
    mirrored = [tubes[0][:, ::-1] * (-1, 1, 1), tubes[2][:, ::-1] * (-1, 1, 1)]
    return tubes + mirrored
