"""Who and what a rendered picture shows, as a row of a table."""

import math

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.synthetic.camera.surface import Surface
from face_parsing.synthetic.script import Script

OCCLUDERS = {
    "spectacles": "eyewear",
    "microphone": "something held",
    "telephone": "something held",
    "cup": "something held",
    "passer_by": "passer-by",
}  # groups of occluders; other kinds are groups of their own

Row = dict[str, str | int | float | bool]


def attributes(
    script: Script, frame: int, image: np.ndarray, label_map: np.ndarray, surface: Surface, labels: LabelTable
) -> Row:
    """The attributes of a frame.

    Args:
        script: The clip's script.
        frame: The frame's number.
        image: (H, W, 3) uint8 BGR.
        label_map: (H, W) uint8.
        surface: The visible surface.
        labels: The label table.

    Returns:
        The head's angles in degrees (yaw to the subject's left, pitch down, roll to the subject's right), the skin tone
        (individual typology angle in degrees), hair, beard, eye shadow, occluders, the number of lamps, the mean grey
        value of the skin (empty without skin), the labelled box in pixels, and the camera: focal length and principal
        point in pixels, distance in centimetres.
    """
    person, motion, camera = script.identity, script.motion, surface.camera
    rows, columns = (np.flatnonzero((label_map > 0).any(axis=axis)) for axis in (1, 0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else (0, 0, 0, 0)
    grey = brightness(image, label_map, labels)
    degrees = (math.degrees(angle[frame]) for angle in (motion.yaw, motion.pitch, motion.roll))
    return {
        **{name: round(angle, 2) for name, angle in zip(("yaw", "pitch", "roll"), degrees, strict=True)},
        "skin_tone": round(tone(person.skin), 1),
        "hair": person.hair_style,
        "beard": person.beard or "none",
        "eyeshadow": person.eyeshadow is not None,
        "occluders": " ".join(sorted(kind.replace(" ", "_") for kind in occluders_of(script))) or "none",
        "lamps": len(script.lighting.lamps),
        "brightness": "" if math.isnan(grey) else round(grey, 1),
        **{name: int(edge) for name, edge in zip(("x1", "y1", "x2", "y2"), box, strict=True)},
        "focal": round(camera.focal, 3),
        "cx": round(camera.center[0], 3),
        "cy": round(camera.center[1], 3),
        "distance": round(camera.distance, 3),
    }


def tone(skin: np.ndarray) -> float:
    """The individual typology angle of a skin color in degrees; 41 and more is light, under -30 is dark.

    Args:
        skin: sRGB color, 0 to 255, (3,).

    Source: Chardon, Cretois and Hourseau, Skin colour typology and suntanning pathways, 1991.
    """
    lightness, _, yellow = cv2.cvtColor(np.asarray(skin, np.float32)[None, None] / 255, cv2.COLOR_RGB2LAB)[0, 0]
    return math.degrees(math.atan2(lightness - 50, yellow))


def occluders_of(script: Script) -> frozenset[str]:
    """The occluders of a script's face by the names of their groups, the frame's edge among them."""
    kinds = [*script.kinds, *(["spectacles"] if script.identity.glasses else [])]
    return frozenset(
        [*(OCCLUDERS.get(kind, kind) for kind in kinds), *(["the frame's edge"] if script.partial else [])]
    )


def brightness(image: np.ndarray, label_map: np.ndarray, labels: LabelTable) -> float:
    """Mean grey value, 0 to 255, of the skin in an image (H, W, 3) uint8 BGR; NaN without skin."""
    skin = label_map == labels.id_of("skin")
    return float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[skin].mean()) if skin.any() else math.nan
