"""The paint of the head: brows, eyes, lids, nose, lips, beard, hairline and skin.

Coordinates are in centimetres: ``u`` along the unrolled face (positive to the subject's left) and ``y`` up.
"""

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.synthetic.people.atlas import HEAD_TOP, WIDTH, Atlas, linear
from face_parsing.synthetic.people.hair import SCALP_COVER, scalp_crown, scalp_edge
from face_parsing.synthetic.people.head import EYE_DISTANCE, MOUTH_HEIGHT, UNROLLED, relief
from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.rendering.noise import fractal_noise, value_noise

FRONT = (-9.5, 5.0, 9.5, -14.5)  # the patch repainted for every frame: left, top, right, bottom
SUBPIXELS = 4  # fractional bits of OpenCV's fixed-point coordinates
TEETH = linear((228, 220, 205))
TONGUE = linear((170, 84, 80))
THROAT = linear((58, 18, 20))
SCLERA = linear((236, 230, 226))
COMPLEXION = (0.07, 0.025, 0.3)  # strengths of blotches, pores, hollows
BROW = (1.25, 4.3)  # where a brow begins beside the middle line, and its length, centimetres
SPARSE = 0.25  # with fewer hairs than this share of a full beard's, skin is called skin


class Canvas:
    """A part of the head's strip, with drawing methods in centimetres."""

    def __init__(self, classes: np.ndarray, colors: np.ndarray, scale: float, left: float, top: float):
        self.classes, self.colors, self.scale, self.left, self.top = classes, colors, scale, left, top

    def texels(self, points: np.ndarray) -> np.ndarray:
        """Convert centimetres (..., 2) to fixed-point texels for OpenCV's drawing."""
        scaled = (np.asarray(points) - (self.left, self.top)) * (self.scale, -self.scale)
        return np.round(scaled * 2**SUBPIXELS).astype(np.int32)

    def mask(self, outline: np.ndarray) -> np.ndarray:
        """Return the inside of a polygon (N, 2) as a bool mask."""
        mask = np.zeros(self.classes.shape, np.uint8)
        cv2.fillPoly(mask, [self.texels(outline)], 1, cv2.LINE_8, SUBPIXELS)
        return mask.astype(bool)

    def disc(self, center: tuple[float, float], radius: float) -> np.ndarray:
        """Return the inside of a circle as a bool mask."""
        angle = np.linspace(0, 2 * np.pi, 25)
        return self.mask(np.asarray(center) + radius * np.stack([np.cos(angle), np.sin(angle)], 1))

    def stroke(self, path: np.ndarray, width: float, shade: float) -> None:
        """Darken (or lighten) the colors along a path, with soft edges."""
        strength = np.zeros(self.classes.shape, np.float32)
        thickness = max(1, round(width * self.scale))
        cv2.polylines(strength, [self.texels(path)], False, 1.0, thickness, cv2.LINE_8, SUBPIXELS)
        strength = cv2.GaussianBlur(strength, (0, 0), max(0.4, 0.35 * width * self.scale))
        self.colors *= 1 + (shade - 1) * np.minimum(strength, 1)[..., None]


def _grid(shape: tuple[int, ...], scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ``u`` and ``y`` of the head strip's texels, (1, W) and (H, 1) float32."""
    u = (np.arange(shape[1], dtype=np.float32) / scale - WIDTH / 2)[None, :]
    return u, (HEAD_TOP - np.arange(shape[0], dtype=np.float32) / scale)[:, None]


def _ragged(canvas: Canvas, outline: np.ndarray, softness: float, noise: np.ndarray) -> np.ndarray:
    """Return the mask of a polygon whose edge wanders with ``noise`` by about ``softness`` centimetres."""
    inside = canvas.mask(outline).astype(np.float32)
    return cv2.GaussianBlur(inside, (0, 0), softness * canvas.scale) > 0.5 + 0.3 * noise


def _mirrored(outline: list[tuple[float, float]]) -> np.ndarray:
    """Close an outline from its half on the subject's left, which starts and ends on the middle line."""
    half = np.array(outline)
    return np.concatenate([half, half[::-1] * (-1, 1)])


def paint_head(atlas: Atlas, person: Identity, labels: LabelTable, rng: np.random.Generator) -> None:
    """Paint the static parts: skin, nose, beard, brows and the hairline."""
    rows, columns = atlas.strip("head")
    classes, colors, scale = atlas.classes[rows, columns], atlas.colors[rows, columns], atlas.scale
    canvas = Canvas(classes, colors, scale, -WIDTH / 2, HEAD_TOP)
    u, y = _grid(classes.shape, scale)
    classes[:] = labels.id_of("skin")
    colors[:] = _skin(person, classes.shape, u, y, scale, rng)

    width, length, _, lift = person.nose
    tip = -4.1 * length + 0.3 * lift
    nose = _mirrored(
        [(0, 1.0), (0.55, 0.8), (0.62, -0.5), (0.85 * width, -2.0), (1.2 * width, tip + 0.9), (1.75 * width, tip + 0.2)]
        + [(1.8 * width, tip - 0.4), (1.3 * width, tip - 0.75), (0.6, tip - 0.8), (0, tip - 1.0)]
    )
    classes[canvas.mask(nose)] = labels.id_of("nose")
    for side in (-1, 1):
        nostril = canvas.disc((side * 0.72 * width, tip - 0.62 + 0.25 * lift), 0.3)
        colors[nostril] *= 0.25

    strands = value_noise(rng, classes.shape, (0.5 * scale, 0.14 * scale))
    edges = fractal_noise(rng, classes.shape, 1.2 * scale, 3)
    if person.beard:
        mask = _beard(canvas, person, tip, edges) & (classes != labels.id_of("nose"))
        cover: float | np.ndarray = (0.55 if person.beard == "stubble" else 0.93) * person.beard_cover
        if person.beard_gaps or person.beard_fade:
            density = _density(person, mask, strands + 0.5 * edges, scale)
            mask &= cv2.GaussianBlur(density, (0, 0), 0.35 * scale) > SPARSE
            cover = (cover * density[mask])[:, None]
        classes[mask] = labels.id_of("beard")
        own = person.hair_color * 0.85 if person.beard_color is None else person.beard_color
        hair = linear(own) * (1 + 0.5 * strands[mask])[:, None]
        colors[mask] = (1 - cover) * colors[mask] + cover * hair
    if person.shaven:
        outlines = _beard_outlines(person, tip)["stubble"]
        grown = np.any([canvas.mask(outline) for outline in outlines], axis=0).astype(np.float32)
        grown = cv2.GaussianBlur(grown, (0, 0), 0.4 * scale) * (1 + 0.5 * strands)
        colors *= 1 - np.float32(person.shaven) * np.clip(grown, 0, 1)[..., None]
    if person.wrinkles:
        _wrinkle(canvas, person, tip)
    if person.sockets:
        across, up = np.abs(u) - EYE_DISTANCE * person.eye[0], y - person.eye[1] - 0.2
        colors *= 1 - np.float32(person.sockets) * np.exp(-((across / 1.7) ** 2) - (up / 0.95) ** 2)[..., None]
    for side, name in ((1, "left_eyebrow"), (-1, "right_eyebrow")):
        mask = _ragged(canvas, _brow(person, side), 0.12, strands)
        classes[mask] = labels.id_of(name)
        hair = linear(person.brow_color) * (1 + 0.4 * strands[mask])[:, None]
        cover = person.brow_cover
        if person.brow_fade:
            outwards = np.clip((np.broadcast_to(np.abs(u), classes.shape)[mask] - BROW[0]) / BROW[1], 0, 1)
            inside = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.2 * scale)[mask]  # 0.5 at the edge, 1 within
            cover = cover * (1 - person.brow_fade * np.maximum(outwards**2, 2 - 2 * inside))[:, None]
        colors[mask] = (1 - cover) * colors[mask] + cover * hair

    edge = scalp_edge(person, u / UNROLLED)
    scalp = (y > edge + 0.35 * edges + 0.15 * strands) & (y < scalp_crown(person) + 0.6 * edges)
    classes[scalp] = labels.id_of("hair")
    cover = SCALP_COVER.get(person.hair_style, 1.0)
    hair = linear(person.hair_color) * (1 + 0.35 * strands[scalp])[:, None]
    colors[scalp] = (1 - cover) * colors[scalp] + cover * hair


def _skin(
    person: Identity, shape: tuple[int, ...], u: np.ndarray, y: np.ndarray, scale: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw the skin's colors: blotches, pores, red cheeks and nose, dark hollows and freckles."""
    blotches = fractal_noise(rng, shape, 3.0 * scale, 3)
    pores = rng.standard_normal(shape, np.float32)
    small = (shape[0] // 4, shape[1] // 4)
    height = relief(
        person, cv2.resize(np.broadcast_to(u, shape), small[::-1]), cv2.resize(np.broadcast_to(y, shape), small[::-1])
    )
    height = height.astype(np.float32)
    hollow = cv2.resize(height - cv2.GaussianBlur(height, (0, 0), 0.3 * scale), shape[::-1])
    blotchy, porous, hollowed = COMPLEXION if person.complexion is None else person.complexion
    tone = 1 + blotchy * blotches + porous * pores + hollowed * np.clip(hollow, -0.6, 0.3)
    side = np.abs(u)
    red = rng.uniform(0, 0.14) * np.exp(-(((side - 4.5) / 2.2) ** 2) - ((y + 3) / 1.8) ** 2)
    red += 0.08 * np.exp(-((u / 1.6) ** 2) - ((y + 4) / 1.2) ** 2)
    tone -= rng.uniform(0, 0.16) * np.exp(-(((side - 2.9) / 1.5) ** 2) - ((y + 1.2) / 0.5) ** 2)
    colors = linear(person.skin) * tone[..., None]
    colors *= 1 - red[..., None] * np.array([1.0, 1.0, -0.3], np.float32)
    if rng.random() < 0.3:
        freckles = (rng.random(shape, np.float32) < 0.05) & (np.abs(y + 2.5) < 2.5) & (side < 7)
        colors[cv2.dilate(freckles.astype(np.uint8), np.ones((2, 2))) > 0] *= 0.8
    return colors


def _wrinkle(canvas: Canvas, person: Identity, nose_tip: float) -> None:
    """Paint lines across the forehead, from the nose to the mouth's corners, and around the eyes."""
    mouth, height = MOUTH_HEIGHT + person.mouth[3], person.eye[1]
    depth = person.wrinkles
    along = np.linspace(-1, 1, 15)
    for row in range(3):
        wave = 3.6 + 0.95 * row + height + 0.12 * np.cos(5 * along + row)
        canvas.stroke(np.stack([3.8 * along, wave], 1), 0.12, 1 - 0.4 * depth)
    reach = np.linspace(0, 1, 9)
    for side in (-1, 1):
        fold = np.stack([1.75 + 1.35 * reach**0.7, nose_tip + 0.3 + (mouth - 0.7 - nose_tip) * reach], 1) * (side, 1)
        canvas.stroke(fold, 0.22, 1 - 0.6 * depth)
        bag = np.stack([1.7 + 3.1 * reach, height - 0.9 - 0.45 * np.sin(np.pi * reach)], 1) * (side, 1)
        canvas.stroke(bag, 0.2, 1 - 0.4 * depth)
        for turn in (-0.35, 0.0, 0.35):
            foot = np.stack([5.2 + 1.3 * reach, height + 0.1 + 1.2 * turn * reach], 1) * (side, 1)
            canvas.stroke(foot, 0.1, 1 - 0.45 * depth)


def _beard(canvas: Canvas, person: Identity, nose_tip: float, edges: np.ndarray) -> np.ndarray:
    """Return the mask of the beard, bool."""
    assert person.beard is not None, "a person without a beard has no mask of it"
    outlines = _beard_outlines(person, nose_tip)[person.beard]
    return np.any([_ragged(canvas, outline, 0.22, edges) for outline in outlines], axis=0)


def _density(person: Identity, beard: np.ndarray, strands: np.ndarray, scale: float) -> np.ndarray:
    """Return the density of a patchy or fading beard at each texel, float32: 0 without hair, 1 where it is full."""
    density = beard.astype(np.float32)
    if person.beard_gaps:
        density *= strands > 2 * person.beard_gaps - 1.4
    if person.beard_fade:
        depth = cv2.distanceTransform(beard.astype(np.uint8), cv2.DIST_L2, 3)
        density *= np.minimum(depth / (person.beard_fade * scale), 1)
    return density


def _beard_outlines(person: Identity, nose_tip: float) -> dict[str, list[np.ndarray]]:
    """Return the outlines (N, 2) of each kind of beard."""
    mouth = MOUTH_HEIGHT + person.mouth[3]
    wide, cheek = 2.75 * person.mouth[0], person.beard_cheek
    moustache = _mirrored(
        [
            (0, nose_tip - 0.95),
            (1.4, nose_tip - 1.05),
            (wide + 0.4, mouth + 0.35),
            (wide + 0.2, mouth - 0.6),
            (0, mouth),
        ]
    )
    chin = _mirrored(
        [
            (0, mouth - 1.3),
            (1.2, mouth - 1.4),
            (wide + 0.1, mouth - 0.3),
            (wide + 0.7, mouth),
            (3.3, mouth - 3),
            (2.5, -14),
            (0, -14.5),
        ]
    )
    jaw = _mirrored(
        [(0, mouth - 1.2), (wide + 0.2, mouth + 0.1), (5.5, mouth + 1.0 + cheek), (8.5, mouth + 2.8 + cheek)]
        + [(10.6, -2.0), (11.2, 1.5), (12.6, 1.5), (12.6, -4), (11.5, -8), (8, -12), (5, -14.5), (0, -14.9)]
    )
    return {
        "full": [moustache, jaw],
        "stubble": [moustache, jaw],
        "goatee": [moustache, chin],
        "moustache": [moustache],
    }


def brow_curve(person: Identity, side: int) -> np.ndarray:
    """Return the middle line of a brow, (12, 2), from the inner to the outer end; ``side`` as in :func:`eye_curves`."""
    lift, _, arch, angle = person.brow
    along = np.linspace(0, 1, 12)
    middle = person.eye[1] + 1.95 + lift + arch * np.sin(np.pi * along**0.8) + 4 * angle * (along - 0.5) * 0.6
    middle = middle + person.expression.brows[0 if side > 0 else 1] - person.expression.knit * (1 - along) ** 2
    return np.stack([BROW[0] + BROW[1] * along, middle], 1) * (side, 1)


def _brow(person: Identity, side: int) -> np.ndarray:
    half = 0.5 * person.brow[1] * (1 - 0.75 * np.linspace(0, 1, 12) ** 2) + 0.08
    rise = np.stack([np.zeros(12), half], 1)
    middle = brow_curve(person, side)
    return np.concatenate([middle + rise, (middle - rise)[::-1]])


def front_patch(atlas: Atlas) -> tuple[slice, slice]:
    """Return the rows and columns of the atlas that :func:`paint_expression` repaints."""
    left, top, right, bottom = FRONT
    scale = atlas.scale
    return (
        slice(round((HEAD_TOP - top) * scale), round((HEAD_TOP - bottom) * scale)),
        slice(round((left + WIDTH / 2) * scale), round((right + WIDTH / 2) * scale)),
    )


def paint_expression(
    atlas: Atlas, person: Identity, labels: LabelTable, eyes: float, gaze: np.ndarray, mouth_gap: float
) -> None:
    """Paint the moving parts: the eyes and the mouth.

    Args:
        atlas: The atlas; its front patch is painted in place.
        person: The person.
        labels: The classes.
        eyes: Openness of the eyes, 0 to 1.
        gaze: (2,), the direction of the irises, -1 to 1, to the subject's left and up.
        mouth_gap: How far the mouth is open, centimetres.
    """
    rows, columns = front_patch(atlas)
    canvas = Canvas(
        atlas.classes[rows, columns],
        atlas.colors[rows, columns],
        atlas.scale,
        columns.start / atlas.scale - WIDTH / 2,
        HEAD_TOP - rows.start / atlas.scale,
    )
    left, right = person.expression.eyes
    _paint_eye(canvas, person, labels, 1, "left", eyes * left, gaze)
    _paint_eye(canvas, person, labels, -1, "right", eyes * right, gaze)
    _paint_mouth(canvas, person, labels, mouth_gap)


def eye_curves(person: Identity, side: int, openness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of the lower and the upper lid, (17, 2) each, from the inner to the outer corner.

    Args:
        person: The person.
        side: 1 for the subject's left eye, -1 for the right one.
        openness: 0 to 1.
    """
    opening = person.eye[3]
    lower = _eye_arc(person, side, -0.42 * opening)
    return lower, _eye_arc(person, side, -0.42 * opening + (1.22 * openness) * opening, 2.3)


def _eye_arc(person: Identity, side: int, rise: float, power: float = 2.0) -> np.ndarray:
    """Return an arc from the inner to the outer corner of an eye, (17, 2)."""
    distance, height, width, _, tilt = person.eye
    along = np.linspace(-1, 1, 17)
    y = height + rise * (1 - np.abs(along) ** power) + tilt * along
    return np.stack([EYE_DISTANCE * distance + 1.6 * width * along, y], 1) * (side, 1)


def _paint_eye(
    canvas: Canvas, person: Identity, labels: LabelTable, side: int, name: str, openness: float, gaze: np.ndarray
) -> None:
    center, opening = (EYE_DISTANCE * person.eye[0], person.eye[1]), person.eye[3]
    lower, lid = eye_curves(person, side, openness)
    crease = _eye_arc(person, side, 1.2 * opening, 2.2) + (0, 0.08)
    if person.eyeshadow is not None:
        top = _eye_arc(person, side, 1.75 * opening, 2.0) + (0, 0.12)
        top[:, 0] = side * center[0] + (top[:, 0] - side * center[0]) * 1.14
        mask = canvas.mask(np.concatenate([top, lid[::-1]])) & (canvas.classes == labels.id_of("skin"))
        canvas.classes[mask] = labels.id_of(f"{name}_eyeshadow")
        canvas.colors[mask] = 0.38 * canvas.colors[mask] + 0.62 * linear(person.eyeshadow)
    if openness > 0.12:
        mask = canvas.mask(np.concatenate([lid, lower[::-1]]))
        canvas.classes[mask] = labels.id_of(f"{name}_eye")
        canvas.colors[mask] = SCLERA * person.eye_white
        iris = (side * center[0] + 0.4 * gaze[0], center[1] + 0.12 * opening + 0.15 * gaze[1])
        canvas.colors[mask & canvas.disc(iris, 0.62)] = linear(person.iris)
        canvas.colors[mask & canvas.disc(iris, 0.27)] = 0.005
        canvas.colors[mask & canvas.disc((iris[0] + 0.2, iris[1] + 0.22), 0.13)] = 1.0
    canvas.stroke(crease, 0.1, 0.72)
    canvas.stroke(lid, 0.17, 0.12)
    canvas.stroke(lower, 0.08, 0.7)
    if person.lashes:
        # They stand on the lid, and beyond its outer corner. An annotator leaves them out of the eye.
        reach = person.lashes * np.linspace(0.3, 1, len(lid))[:, None]
        for row in (0.35, 0.7):
            canvas.stroke(lid + row * reach * (0.5 * side, 1), 0.5 * person.lashes, 0.22)
    if person.eyeliner:
        canvas.stroke(lower - (0, 0.5 * person.eyeliner), person.eyeliner, 0.25)


def mouth_curves(person: Identity, gap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the lips' edges, (25, 2) each, from the subject's right to the left: top, inner top, inner bottom, bottom.

    Args:
        person: The person.
        gap: How far the mouth is open, centimetres.
    """
    _, upper, lower, offset = person.mouth
    middle = MOUTH_HEIGHT + offset
    expression = person.expression
    half = _mouth_half(person, gap)
    along = np.linspace(-1, 1, 25)
    round_off = 1 - along**2
    bow = 0.72 * upper * (1 - np.abs(along) ** 1.7) - 0.16 * np.exp(-((along / 0.16) ** 2))

    def curve(y: np.ndarray) -> np.ndarray:
        return np.stack([half * along, middle + y + (0.12 + expression.smile) * along**2], 1)

    inner_top = curve(0.1 * gap * round_off - 0.06 * np.cos(3 * np.pi * along) * round_off)
    inner_bottom = curve(-0.9 * gap * round_off - 0.06 * np.cos(3 * np.pi * along) * round_off - 0.02)
    top = curve(bow + 0.1 * gap * round_off)
    bottom = curve(-(0.95 * lower) * (1 - np.abs(along) ** 2.4) - 0.9 * gap * round_off)
    return top, inner_top, inner_bottom, bottom


def _mouth_half(person: Identity, gap: float) -> float:
    """Return half the mouth's width, centimetres."""
    return (2.55 - 0.25 * min(gap, 1.5)) * person.mouth[0] * person.expression.stretch


def _paint_mouth(canvas: Canvas, person: Identity, labels: LabelTable, gap: float) -> None:
    expression, middle, half = person.expression, MOUTH_HEIGHT + person.mouth[3], _mouth_half(person, gap)
    top, inner_top, inner_bottom, bottom = mouth_curves(person, gap)
    lips = linear(person.lips)
    for outline, name, shade in (
        (np.concatenate([top, inner_top[::-1]]), "upper_lip", 0.85),
        (np.concatenate([inner_bottom, bottom[::-1]]), "lower_lip", 1.05),
    ):
        mask = canvas.mask(outline)
        canvas.classes[mask] = labels.id_of(name)
        tone = canvas.colors[mask].mean(1, keepdims=True) / max(1e-3, float(canvas.colors[mask].mean()))
        canvas.colors[mask] = shade * lips * (0.5 + 0.5 * tone)
    if gap > 0.08:
        inner = canvas.mask(np.concatenate([inner_top, inner_bottom[::-1]]))
        canvas.classes[inner] = labels.id_of("inner_mouth")
        canvas.colors[inner] = THROAT
        teeth = canvas.mask(np.concatenate([inner_top, (inner_top - (0, expression.teeth))[::-1] * (0.85, 1)]))
        if expression.lower_teeth:
            row = np.concatenate([inner_bottom, (inner_bottom + (0, expression.lower_teeth))[::-1] * (0.8, 1)])
            teeth |= canvas.mask(row)
        canvas.colors[inner & teeth] = TEETH * 0.75 * expression.bright
        tongue = canvas.disc((0, middle - 0.9 * gap - 0.25), 0.5 + 0.4 * half * 0.5)
        canvas.colors[inner & tongue & ~teeth] = TONGUE
        if expression.tongue:
            out = canvas.disc((0, middle - 0.9 * gap - 0.35), 0.45 * half)
            canvas.classes[out] = labels.id_of("inner_mouth")
            canvas.colors[out] = TONGUE
    else:
        canvas.stroke(inner_top, 0.1, 0.35)
