"""The identity of a person: everything that stays the same through a clip."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SKIN_TONES = np.array(
    [(255, 219, 195), (242, 200, 168), (226, 178, 140), (200, 146, 104), (160, 108, 72), (112, 72, 50), (72, 46, 36)]
)
LAST_TONE = len(SKIN_TONES) - 1.001  # below the last index, so that a darker neighbour always exists
IRIS_COLORS = np.array([(70, 45, 28), (94, 66, 38), (72, 104, 140), (84, 110, 72), (40, 28, 20)])
HAIR_COLORS = np.array(
    [(22, 20, 20), (44, 32, 26), (78, 54, 38), (112, 78, 52), (134, 66, 38), (186, 146, 92), (218, 192, 148)]
    + [(148, 146, 144), (216, 214, 210), (58, 84, 150), (190, 82, 130)]
)
HAIR_WEIGHTS = np.array([0.2, 0.19, 0.16, 0.1, 0.08, 0.08, 0.05, 0.06, 0.04, 0.02, 0.02])
SHADOW_COLORS = np.array(
    [(110, 60, 130), (70, 90, 160), (120, 74, 56), (190, 96, 120), (60, 110, 100), (60, 52, 56), (196, 150, 80)]
)
HAIR_STYLES = ("bald", "buzz", "short", "swept", "fringe", "bob", "long", "afro", "bun")
HAIR_STYLE_WEIGHTS = np.array([0.05, 0.08, 0.2, 0.14, 0.1, 0.13, 0.17, 0.06, 0.07])


@dataclass(frozen=True)
class Expression:
    """The facial expression throughout a clip, apart from blinks and speech; the defaults are a face at rest.

    Attributes:
        smile: How far the mouth's corners rise, centimetres.
        stretch: The mouth's width, as a factor.
        gap: The smallest opening of the mouth, centimetres.
        teeth, lower_teeth: The height of the upper and the lower row of teeth, centimetres.
        bright: The brightness of the teeth, as a factor.
        tongue: Whether the tongue is out.
        eyes: The openness of the subject's left and right eye, as factors.
        brows: How far the left and the right brow rise, centimetres.
        knit: How far the brows' inner ends go down, centimetres.
    """

    smile: float = 0.0
    stretch: float = 1.0
    gap: float = 0.0
    teeth: float = 0.55
    lower_teeth: float = 0.0
    bright: float = 1.0
    tongue: bool = False
    eyes: tuple[float, float] = (1.0, 1.0)
    brows: tuple[float, float] = (0.0, 0.0)
    knit: float = 0.0


@dataclass(frozen=True)
class Clothes:
    """Clothes at the neck and the chest; the defaults are a wide neckline.

    Attributes:
        rise: How much higher the shoulders are, centimetres; this shortens the neck.
        high: The height of a collar at the back of the neck, centimetres.
        open: How much lower the collar is in front, centimetres.
        front: The front of the clothes: a jacket's ``lapels``, ``zip``, ``buttons``, ``print``, or None for plain.
    """

    rise: float = 0.0
    high: float = 0.0
    open: float = 0.0
    front: str | None = None


@dataclass(frozen=True)
class Identity:
    """A person: shapes (factors about 1, offsets in centimetres), styles, and colors (RGB, 0 to 255)."""

    skull: np.ndarray  # width, height, depth
    jaw_width: float
    jaw_length: float
    chin: float
    cheek: float
    brow_ridge: float
    nose: np.ndarray  # width, length, protrusion, tip's lift
    eye: np.ndarray  # distance, height on the face, width, opening, tilt
    brow: np.ndarray  # height, thickness, arch, angle
    mouth: np.ndarray  # width, fullness of the upper and the lower lip, height on the face
    ear: np.ndarray  # size, stand-off
    neck: float
    shoulders: float
    skin: np.ndarray
    lips: np.ndarray
    iris: np.ndarray
    hair_color: np.ndarray
    brow_color: np.ndarray
    hair_style: str
    hair_volume: float
    hairline: float
    hair_length: float
    parting: float
    waves: float
    beard: str | None  # full, goatee, moustache, stubble
    beard_length: float
    eyeshadow: np.ndarray | None
    glasses: str | None  # round, square, oval
    glasses_color: np.ndarray
    glasses_thickness: float
    cloth: np.ndarray
    collar: float
    expression: Expression = Expression()
    clothes: Clothes = Clothes()
    bends: np.ndarray | None = None  # deforms head and hair, see mesh.bent; None for no deformation
    beard_cover: float = 1.0  # the opacity of a beard, as a factor
    beard_gaps: float = 0.0  # how patchy a beard is, 0 to 1
    beard_color: np.ndarray | None = None  # RGB; None for the hair's own color, a little darker
    beard_fade: float = 0.0  # how far from its edge a beard is thinner, centimetres
    beard_cheek: float = 0.0  # how much higher a beard's edge lies on the cheeks, centimetres
    shaven: float = 0.0  # how dark the skin is where a shaven beard would grow, 0 to 1
    brow_cover: float = 0.8  # the opacity of a brow
    brow_fade: float = 0.0  # how much of its opacity a brow loses towards its outer end and its edges, 0 to 1
    lashes: float = 0.0  # how far the upper lashes reach beyond the eye, centimetres
    eyeliner: float = 0.0  # the width of a dark line below the eye, centimetres
    sockets: float = 0.0  # how dark the skin around the eyes is, 0 to 1
    eye_white: float = 1.0  # the brightness of the eyes
    wrinkles: float = 0.0
    complexion: np.ndarray | None = None  # strengths of blotches, pores, hollows; None for face.COMPLEXION
    hair_spread: float = 0.0  # how much wider hanging hair becomes, centimetres on each side for a centimetre down
    hair_lean: float = 0.0  # how much more of that is on the subject's left, -1 to 1
    hair_gloss: float = 0.42  # the contrast of strands
    roots: np.ndarray | None = None  # RGB of the hair's roots; None for the hair's own color


def _factor(rng: np.random.Generator, spread: float, size: int | None = None) -> Any:
    """Draw a factor about 1, float, or ``size`` factors, (size,) float64, within two spreads."""
    return 1 + spread * np.clip(rng.standard_normal(size), -2, 2)


def skin_tone(position: float) -> np.ndarray:
    """Interpolate SKIN_TONES to an RGB color, (3,) float64; ``position`` is 0 to LAST_TONE, from light to dark."""
    low, share = int(position), position % 1
    return SKIN_TONES[low] + share * (SKIN_TONES[low + 1] - SKIN_TONES[low])


def draw_identity(rng: np.random.Generator, beard: bool, glasses: bool, eyeshadow: bool) -> Identity:
    """Draw a person, with a beard, glasses and eye shadow if the flags say so."""
    position = rng.uniform(0, LAST_TONE)
    skin = np.clip(skin_tone(position) * _factor(rng, 0.03, 3), 0, 255)
    hair_weights = np.where(np.arange(len(HAIR_COLORS)) < 3, HAIR_WEIGHTS * (1 + position / 2), HAIR_WEIGHTS)
    hair = HAIR_COLORS[rng.choice(len(HAIR_COLORS), p=hair_weights / hair_weights.sum())] * _factor(rng, 0.08, 3)
    lipstick = rng.random() < (0.1 if beard else 0.35)
    lips = (
        np.array([170, 30, 50]) * _factor(rng, 0.2, 3) if lipstick else skin * (0.82, 0.62, 0.64) * _factor(rng, 0.05)
    )
    style_weights = HAIR_STYLE_WEIGHTS * (np.array([3, 3, 2, 1, 1, 0.2, 0.4, 1, 0.5]) if beard else 1)
    return Identity(
        skull=_factor(rng, 0.045, 3),
        jaw_width=_factor(rng, 0.07),
        jaw_length=_factor(rng, 0.05),
        chin=rng.uniform(0.3, 1.3),
        cheek=rng.uniform(0.0, 0.7),
        brow_ridge=rng.uniform(0.1, 0.7),
        nose=np.array([_factor(rng, 0.13), _factor(rng, 0.08), _factor(rng, 0.16), rng.uniform(-0.3, 0.5)]),
        eye=np.array(
            [_factor(rng, 0.05), rng.uniform(-0.3, 0.4), _factor(rng, 0.08), _factor(rng, 0.15), rng.uniform(-0.1, 0.3)]
        ),
        brow=np.array([rng.uniform(-0.25, 0.35), rng.uniform(0.28, 0.75), rng.uniform(0.1, 0.7), rng.normal(0, 0.12)]),
        mouth=np.array([_factor(rng, 0.09), _factor(rng, 0.25), _factor(rng, 0.22), rng.uniform(-0.3, 0.3)]),
        ear=np.array([_factor(rng, 0.1), rng.uniform(0.35, 1.0)]),
        neck=_factor(rng, 0.08),
        shoulders=_factor(rng, 0.1),
        skin=skin,
        lips=np.clip(lips, 0, 255),
        iris=IRIS_COLORS[rng.integers(len(IRIS_COLORS))],
        hair_color=np.clip(hair, 0, 255),
        brow_color=np.clip(hair * 0.8, 0, 200),
        hair_style=str(rng.choice(HAIR_STYLES, p=style_weights / style_weights.sum())),
        hair_volume=rng.uniform(0.6, 1.7),
        hairline=rng.uniform(5.6, 7.6),
        hair_length=rng.uniform(0, 1),
        parting=rng.uniform(-1, 1),
        waves=rng.uniform(0, 1) ** 2,
        beard=str(rng.choice(["full", "goatee", "moustache", "stubble"], p=[0.5, 0.2, 0.15, 0.15])) if beard else None,
        beard_length=rng.uniform(0.2, 1.6),
        eyeshadow=SHADOW_COLORS[rng.integers(len(SHADOW_COLORS))] * _factor(rng, 0.1, 3) if eyeshadow else None,
        glasses=str(rng.choice(["round", "square", "oval"])) if glasses else None,
        glasses_color=np.array(
            [(24, 22, 22), (70, 40, 24), (150, 140, 130), (120, 20, 30), (30, 40, 80), (180, 150, 90)]
        )[rng.integers(6)],
        glasses_thickness=rng.uniform(0.17, 0.34),
        cloth=rng.uniform(10, 235, 3),
        collar=rng.uniform(0, 1),
    )
