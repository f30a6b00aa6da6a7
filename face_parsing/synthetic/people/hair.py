"""Hair: where it grows on the head, and the shell that it forms above the head.

The shell is a grid over azimuth and length along the strand. It follows the skull from the crown. Long hair hangs
straight down from the skull's widest place.
"""

import cv2
import numpy as np

from face_parsing.synthetic.people.head import SKULL_CENTER, SKULL_RADII
from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.rendering.mesh import ellipsoid_points

ROWS, COLUMNS = 36, 129
# The opacity of the hair painted on the scalp, for styles where the skin shows through.
SCALP_COVER = {"buzz": 0.8, "fade": 0.7, "mohawk": 0.6, "crown": 0.75}
ROUGHNESS = {"afro": 0.22, "spiky": 0.55, "curly": 0.2, "curls": 0.15}  # roughness of the shell, centimetres
VOLUME = {"afro": 2.8, "flowing": 1.7, "curls": 1.9, "curly": 1.6, "slick": 0.25, "spiky": 1.3}
CURLY = ("curly", "curls", "flowing")
BARE = ("bald", "buzz", "crown")  # styles without a shell


def scalp_edge(person: Identity, azimuth: np.ndarray) -> np.ndarray:
    """Return the height above which hair grows on the head, by azimuth: hairline, temples, around the ears, nape."""
    around = np.abs(azimuth)
    corners = np.array([0.0, 0.35, 0.62, 0.85, 1.05, 1.35, 1.5, 1.85, 2.0, 2.4, np.pi])
    top = person.hairline
    temple = top + 0.4 * (np.abs(person.parting) > 0.5)
    if person.hair_style == "bald":
        heights = [20.0] * len(corners)
    elif person.hair_style == "receding":
        heights = [top, top + 0.8, top + 2.6, top + 2.2, 3.4, 0.4, 2.2, 2.6, 0.5, -5.0, -6.0]
    elif person.hair_style == "crown":
        heights = [20.0, 20.0, 20.0, 20.0, 3.6, 0.6, 2.2, 2.6, 0.5, -5.0, -6.0]
    else:
        heights = [top + 0.25, top, temple - 0.8, 4.6, 2.4, 0.2, 2.2, 2.6, 0.5, -5.0, -6.0]
    return np.interp(around, corners, heights)


def scalp_crown(person: Identity) -> float:
    """Return the height up to which hair grows on the head; it is finite for a bald crown."""
    return 7.0 + 2.0 * person.hair_length if person.hair_style == "crown" else np.inf


def strand_ends(person: Identity, azimuth: np.ndarray) -> np.ndarray:
    """Return the height at which the shell of hair ends, by azimuth."""
    around = np.abs(azimuth)
    edge = scalp_edge(person, azimuth)
    style, length = person.hair_style, person.hair_length
    face_side = 0.75 + 0.25 * person.hair_length  # the azimuth up to which no hair hangs over the face
    beside = np.clip((around - face_side) / 0.22, 0, 1)
    if style == "fringe":
        front = np.clip((1.0 - around) / 0.15, 0, 1)
        edge = edge * (1 - front) + front * (3.0 + 1.2 * length)
        return np.where(around > 1.3, np.minimum(edge, -1.0 - 5 * length), edge)
    if style == "swept":
        toward = np.clip(azimuth * np.sign(person.parting), -0.1, 0.9)
        return edge - 2.6 * np.sin(np.pi * (toward + 0.1)) * (around < 0.95)
    if style in ("bob", "curls"):
        return edge * (1 - beside) + beside * (-6.5 - 4 * length)
    if style in ("long", "flowing"):
        return edge * (1 - beside) + beside * (-13 - 11 * length)
    if style in ("fade", "mohawk"):
        return np.where(around > 0.85, np.maximum(edge, 6.0), edge)
    if style == "bangs":  # down to the brows or over them; long or short at the sides
        front = np.clip((1.1 - around) / 0.15, 0, 1)
        edge = edge * (1 - front) + front * (1.2 + 2.0 * person.hair_length)
        return edge * (1 - beside) + beside * (-15 * abs(person.parting))
    if style == "curtain":  # parted, over the temples and the cheeks
        toward = around + 0.3 * person.parting
        side = np.clip((toward - 0.45) / 0.5, 0, 1) ** 0.7
        return edge * (1 - side) + side * (-3 - 18 * length)
    if style == "side":  # over one eye
        toward = np.clip(azimuth * np.sign(person.parting), -0.2, 1.0)
        edge = edge - (2.5 + 5.0 * length) * np.sin(np.pi * (toward + 0.2) / 1.6) * (around < 1.1)
        return edge * (1 - beside) + beside * (-11 * length)
    return edge


def shell_points(person: Identity, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the shell, (ROWS, COLUMNS, 3) points, and each point's length along its strand; None without a shell."""
    if person.hair_style in BARE:
        return None
    azimuth = np.linspace(-np.pi, np.pi, COLUMNS)
    ends = strand_ends(person, azimuth)
    jag = np.repeat(rng.standard_normal(COLUMNS // 2 + 1), 2)[:COLUMNS] * 0.25
    ends = ends + (jag + 0.2 * rng.standard_normal(COLUMNS)) * (1 + (ends < 0))
    ends[-1] = ends[0]
    afro, curly = person.hair_style == "afro", person.hair_style in CURLY
    thick = person.hair_volume * VOLUME.get(person.hair_style, 1.0) + 0.5

    radii = SKULL_RADII * person.skull
    top, widest = SKULL_CENTER[1] + radii[1], SKULL_CENTER[1]
    # A strand follows a circle as long as the skull's arc to its widest place, then hangs straight down.
    arc = 0.5 * np.pi * 0.5 * (radii[1] + 0.5 * (radii[0] + radii[2]))
    polar_end = np.where(ends > widest, np.arccos(np.clip((ends - widest) / (top - widest), -1, 1)), np.pi / 2)
    total = polar_end / (np.pi / 2) * arc + np.maximum(widest - ends, 0)
    total = np.maximum(total, 1e-3)  # a hairline above the top of a low skull
    length = np.linspace(0, 1, ROWS)[:, None] * total
    polar = np.minimum(length / arc, 1) * np.pi / 2
    hanging = np.maximum(length - arc, 0)

    share = length / total
    tip = np.where(ends > -4, 1 - share**6, 1.0)
    part = 1 - 0.5 * np.exp(-(((np.sin(azimuth) * np.sin(polar) - 0.35 * person.parting) / 0.09) ** 2)) * (
        np.cos(azimuth) > -0.3
    )
    thickness = 0.25 + thick * tip * (1 if afro else part)
    if person.hair_style == "mohawk":
        thickness = 0.05 + 2.2 * thick * tip * np.exp(-((np.sin(azimuth) * np.sin(polar) / 0.28) ** 2))
    if person.hair_style == "quiff":
        thickness = thickness + 2.4 * person.hair_volume * np.exp(-((azimuth / 0.8) ** 2)) * np.sin(np.pi * share) ** 2
    lumps = rng.standard_normal((7, 17))
    lumps[:, -1] = lumps[:, 0]
    rows, columns = np.linspace(0, 6, ROWS), np.linspace(0, 16, COLUMNS)
    smooth = np.stack([np.interp(columns, np.arange(17), row) for row in lumps])
    smooth = np.stack([np.interp(rows, np.arange(7), column) for column in smooth.T], 1)
    rough = rng.standard_normal((ROWS, COLUMNS)) * ROUGHNESS.get(person.hair_style, 0.07)
    if curly:
        locks = cv2.resize(
            rng.standard_normal((ROWS // 3, COLUMNS // 3)), (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC
        )
        rough += (0.35 + 0.5 * person.waves) * locks
    thickness = thickness * (1 + 0.14 * smooth) + rough * (share > 0.1)
    # Hanging hair comes in a little, in waves, because the head is narrower below the skull.
    waves = person.waves * 0.8 * np.sin(hanging / 1.6 + 3 * smooth) * np.clip(hanging / 4, 0, 1)
    pull = -0.05 * hanging * (person.hair_style == "bob") + waves
    spread = person.hair_spread * hanging * (1 + person.hair_lean * np.sign(azimuth))
    reach_x = radii[0] + thickness + pull + spread
    reach_z = radii[2] + thickness + pull
    sine, cosine = np.sin(azimuth), np.cos(azimuth)
    forward = np.clip(cosine, 0, 1)  # front strands hang just over the face, not far before it
    x = reach_x * np.sin(polar) * sine
    y = widest + (radii[1] + thickness) * np.cos(polar) - hanging
    z = SKULL_CENTER[2] + (reach_z + 0.5 * forward) * np.sin(polar) * cosine
    return np.stack([x, y, z], -1), length


def bun_points(person: Identity) -> np.ndarray:
    """Return a bun at the back of the head, or a tail that hangs from it, (rows, columns, 3)."""
    size = 2.6 + 1.6 * person.hair_length
    if person.hair_style == "tail":
        side = 5.0 * person.parting
        return ellipsoid_points(
            np.array([side, -2.0, -11.5]), np.array([2.4, 6.0 + 5 * person.hair_length, 2.4]), 13, 25
        )
    return ellipsoid_points(np.array([0, 7.5 + 3.5 * person.parting, -9.5]), np.array([size, size, size]), 13, 25)
