"""The 68 landmarks of iBUG 300-W (https://ibug.doc.ic.ac.uk/resources/300-W/) of a rendered face.

They are places in the face's paint, on the same curves by which lids, brows and lips are painted, and are found again
on the posed mesh. So they lie on the edges of the label map's classes.
"""

import numpy as np

from face_parsing.synthetic.camera.surface import Surface, located
from face_parsing.synthetic.people.atlas import HEAD_TOP, WIDTH
from face_parsing.synthetic.people.face import brow_curve, eye_curves, mouth_curves
from face_parsing.synthetic.people.identity import Identity

COUNT = 68
JAW, BROWS, EYES = slice(0, 17), slice(17, 27), slice(36, 48)
JAW_SIDE, EAR_HEIGHT, CHIN_HEIGHT = 12.0, -0.5, -10.9  # centimetres: of the jaw's line on the unrolled face


def landmarks(person: Identity, eyes: float, mouth_gap: float, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Find the landmarks in a frame.

    Args:
        person: The person.
        eyes: Openness of the eyes in the frame, 0 to 1.
        mouth_gap: How far the mouth is open, centimetres.
        surface: The frame's visible surface.

    Returns:
        The landmarks (68, 2) float64, x and y in pixels, inside or outside the frame; and (68,) bool, whether each is
        visible: in the frame and not behind hair, an occluder, or the face itself.
    """
    places = painted_landmarks(person, eyes, mouth_gap)
    # The jaw moves with the mesh; the rest is painted anew in each frame.
    jaw, painted = (
        _on_mesh(places[JAW], surface, surface.texture_at_rest),
        _on_mesh(places[JAW.stop :], surface, surface.texture),
    )
    triangle, weights = (np.concatenate(pair) for pair in zip(jaw, painted, strict=True))
    points, visible = located(surface, triangle, weights)
    return points[:, :2], visible


def painted_landmarks(person: Identity, eyes: float, mouth_gap: float) -> np.ndarray:
    """The landmarks' places in the face's paint, (68, 2): along the unrolled face and up, in centimetres."""
    left, right = person.expression.eyes
    lower_right, upper_right = eye_curves(person, -1, eyes * right)
    lower_left, upper_left = eye_curves(person, 1, eyes * left)
    inner_to_outer, outer_to_inner = [0, 5, 11, 16], [16, 11, 5, 0]
    top, inner_top, inner_bottom, bottom = mouth_curves(person, mouth_gap)
    brow = [0, 3, 6, 8, 11]
    return np.concatenate(
        [
            _jaw(person),
            brow_curve(person, -1)[brow[::-1]],
            brow_curve(person, 1)[brow],
            _nose(person),
            upper_right[outer_to_inner],
            lower_right[inner_to_outer[1:3]],
            upper_left[inner_to_outer],
            lower_left[outer_to_inner[1:3]],
            top[[0, 4, 9, 12, 15, 20, 24]],
            bottom[[20, 15, 12, 9, 4]],
            inner_top[[1, 8, 12, 16, 23]],
            inner_bottom[[16, 12, 8]],
        ]
    )


def _jaw(person: Identity) -> np.ndarray:
    """The lower edge of the face from the subject's right ear over the chin to the left ear, (17, 2)."""
    side = np.linspace(-1, 1, 17)
    down = (1 - side**2) ** 0.7
    return np.stack([JAW_SIDE * side, EAR_HEIGHT + (CHIN_HEIGHT * person.jaw_length - EAR_HEIGHT) * down], axis=1)


def _nose(person: Identity) -> np.ndarray:
    """The ridge from the bridge to the tip, and the lower edge from the right to the left wing, (9, 2)."""
    width, length, _, lift = person.nose
    tip = -4.1 * length + 0.3 * lift
    ridge = np.stack([np.zeros(4), np.linspace(0.6, tip, 4)], axis=1)
    side = np.array([-1.3 * width, -0.6, 0.0, 0.6, 1.3 * width])
    under = tip - np.array([0.75, 0.8, 0.95, 0.8, 0.75])
    return np.concatenate([ridge, np.stack([side, under], axis=1)])


def _on_mesh(painted: np.ndarray, surface: Surface, texture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the triangles of the head that have places (P, 2) of the paint: their numbers (P,) and weights (P, 3)."""
    triangles = np.flatnonzero(surface.is_head[surface.triangles].all(axis=1))
    corners = texture[surface.triangles[triangles]].astype(float)  # (M, 3 corners, 2)
    # An outline is drawn over the texels' middles, and a texel is looked up from its left upper corner.
    places = np.stack([painted[:, 0] + WIDTH / 2, HEAD_TOP - painted[:, 1]], axis=1) + surface.texel / 2
    found, found_weights = np.zeros(len(places), np.int64), np.zeros((len(places), 3))
    low, high = corners.min(axis=1), corners.max(axis=1)
    for number, place in enumerate(places):
        near = np.flatnonzero(((low <= place) & (place <= high)).all(axis=1))
        weights = _barycentric(corners[near], place)
        within = (weights >= -1e-6).all(axis=1)
        if not within.any():  # the mesh folds under the nose: the nearest triangle of the paint
            near = np.abs(corners.mean(axis=1) - place).sum(axis=1).argsort()[:8]
            weights = _barycentric(corners[near], place)
            within = weights.min(axis=1) == weights.min(axis=1).max()
        # Where the surface folds, several triangles have a place: the one nearest to the viewer.
        depth = (surface.points[surface.triangles[triangles[near]], 2] * weights).sum(axis=1)
        best = np.where(within, depth, -np.inf).argmax()
        found[number], found_weights[number] = triangles[near[best]], weights[best]
    return found, found_weights


def _barycentric(corners: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Barycentric weights (M, 3) of a place (2,) in triangles (M, 3, 2)."""
    first, second, at = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], place - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    area = np.where(np.abs(area) > 1e-12, area, np.inf)
    b = (at[:, 0] * second[:, 1] - at[:, 1] * second[:, 0]) / area
    c = (first[:, 0] * at[:, 1] - first[:, 1] * at[:, 0]) / area
    return np.stack([1 - b - c, b, c], axis=1)
