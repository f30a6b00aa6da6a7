"""People as varied as in photographs: redraw a plain person from wider ranges."""

from dataclasses import replace
from typing import Any

import numpy as np

from face_parsing.synthetic.people.identity import (
    HAIR_COLORS,
    IRIS_COLORS,
    LAST_TONE,
    Clothes,
    Expression,
    Identity,
    skin_tone,
)

HAIR_STYLES = {
    "bald": 0.03, "buzz": 0.05, "short": 0.09, "swept": 0.07, "fringe": 0.05, "bob": 0.07, "long": 0.13, "afro": 0.05,
    "bun": 0.04, "receding": 0.06, "crown": 0.03, "fade": 0.07, "mohawk": 0.02, "quiff": 0.05, "slick": 0.04,
    "spiky": 0.04, "curly": 0.06, "curls": 0.07, "flowing": 0.11, "bangs": 0.09, "curtain": 0.1, "side": 0.09,
    "tail": 0.04,
}  # fmt: skip
LONG_HAIR = ("bob", "long", "bun", "curls", "flowing", "bangs", "curtain", "side", "tail")  # rarer with a beard


def widened(person: Identity, rng: np.random.Generator) -> Identity:
    """Redraw a person's traits from wide ranges; the kinds of beard, glasses and eye shadow stay."""
    hair = _hair_color(rng)
    skin = _skin(rng)
    weights = np.array([w * (0.25 if person.beard and s in LONG_HAIR else 1) for s, w in HAIR_STYLES.items()])
    return replace(
        person,
        skull=1 + 0.07 * _normal(rng, 3),
        jaw_width=1 + 0.11 * _normal(rng),
        jaw_length=1 + 0.08 * _normal(rng),
        chin=rng.uniform(-0.2, 1.7),
        cheek=rng.uniform(-0.3, 1.2),
        brow_ridge=rng.uniform(0.0, 1.0),
        nose=np.array(
            [1 + 0.2 * _normal(rng), 1 + 0.12 * _normal(rng), 1 + 0.25 * _normal(rng), rng.uniform(-0.6, 0.8)]
        ),
        eye=np.array(
            [1 + 0.07 * _normal(rng), rng.uniform(-0.5, 0.6), 0.94 + 0.12 * _normal(rng), 0.85 + 0.22 * _normal(rng)]
            + [rng.uniform(-0.25, 0.4)]
        ),
        brow=np.array([rng.uniform(-0.45, 0.6), rng.uniform(0.15, 1.0), rng.uniform(-0.1, 0.9), 0.18 * _normal(rng)]),
        mouth=np.array(
            [1 + 0.14 * _normal(rng), 1 + 0.4 * _normal(rng), 1 + 0.35 * _normal(rng), rng.uniform(-0.6, 0.6)]
        ),
        ear=np.array([1 + 0.16 * _normal(rng), rng.uniform(0.1, 1.2)]),
        neck=1 + 0.13 * _normal(rng),
        shoulders=1 + 0.15 * _normal(rng),
        skin=skin,
        lips=_lips(rng, skin, person.beard is not None),
        iris=IRIS_COLORS[rng.integers(len(IRIS_COLORS))] * rng.uniform(0.6, 1.3),
        hair_color=hair,
        brow_color=np.clip(hair * rng.uniform(0.5, 1.1), 0, 220),
        brow_cover=rng.uniform(0.3, 0.95),
        hair_style=str(rng.choice(list(HAIR_STYLES), p=weights / weights.sum())),
        hair_volume=0.3 + 2.9 * rng.uniform(0, 1) ** 1.5,
        hairline=rng.uniform(5.0, 8.4),
        hair_length=rng.uniform(0, 1),
        waves=rng.uniform(0, 1),
        hair_gloss=rng.uniform(0.15, 0.6),
        roots=_hair_color(rng) if rng.random() < 0.12 else None,
        beard_length=rng.uniform(0.1, 3.0),
        beard_cover=rng.uniform(0.45, 1.0),
        beard_gaps=rng.uniform(0, 0.7) if rng.random() < 0.4 else 0.0,
        shaven=rng.uniform(0.05, 0.4) if not person.beard and rng.random() < 0.4 else 0.0,
        bends=_bends(rng),
        eye_white=rng.uniform(0.45, 1.0),
        wrinkles=float(np.clip(rng.normal(0.2, 0.4), 0, 1)),
        complexion=np.array([rng.uniform(0.01, 0.12), rng.uniform(0.0, 0.06), rng.uniform(0.1, 0.5)]),
        cloth=_cloth(rng),
        collar=rng.uniform(0, 1) ** 3,
        expression=_expression(rng),
        clothes=_clothes(rng),
        glasses_color=rng.uniform(5, 90, 3) if rng.random() < 0.6 else rng.uniform(5, 240, 3),
        glasses_thickness=rng.uniform(0.08, 0.45),
        beard_color=_beard_color(rng, hair) if rng.random() < 0.5 else None,
        beard_fade=rng.uniform(0.2, 1.6) if rng.random() < 0.7 else 0.0,
        beard_cheek=rng.uniform(-0.8, 1.2),
        brow_fade=rng.uniform(0, 0.9) if rng.random() < 0.6 else 0.0,
        lashes=rng.uniform(0.08, 0.5) if rng.random() < (0.2 if person.beard else 0.65) else 0.0,
        eyeliner=rng.uniform(0.08, 0.25) if not person.beard and rng.random() < 0.35 else 0.0,
        hair_spread=rng.uniform(0, 0.6) if rng.random() < 0.6 else 0.0,
        hair_lean=rng.uniform(-0.8, 0.8),
        sockets=rng.uniform(0, 0.6) if rng.random() < 0.6 else 0.0,
    )


def _normal(rng: np.random.Generator, size: int | None = None) -> Any:
    """Draw standard normal values, clipped to two standard deviations."""
    return np.clip(rng.standard_normal(size), -2, 2)


def _skin(rng: np.random.Generator) -> np.ndarray:
    tone = skin_tone(rng.uniform(0, LAST_TONE))
    return np.clip(tone * (1 + 0.045 * _normal(rng, 3)) * rng.uniform(0.85, 1.08), 4, 255)


def _hair_color(rng: np.random.Generator) -> np.ndarray:
    """Draw a color between two of HAIR_COLORS; half of the draws use the dark ones only."""
    first, second = rng.integers(len(HAIR_COLORS), size=2)
    if rng.random() < 0.5:
        first, second = rng.integers(4, size=2)
    color = HAIR_COLORS[first] + rng.uniform(0, 1) * (HAIR_COLORS[second] - HAIR_COLORS[first])
    return np.clip(color * (1 + 0.12 * _normal(rng, 3)), 3, 250)


def _beard_color(rng: np.random.Generator, hair: np.ndarray) -> np.ndarray:
    """Draw a color that beards take beside such hair: redder, or with grey and white in it."""
    if rng.random() < 0.5:
        return np.clip(hair * rng.uniform((1.0, 0.7, 0.5), (1.8, 1.2, 1.0)), 3, 230)
    return hair + rng.uniform(0.2, 0.9) * (rng.uniform(120, 235) - hair)


def _lips(rng: np.random.Generator, skin: np.ndarray, bearded: bool) -> np.ndarray:
    if rng.random() < (0.05 if bearded else 0.3):
        return np.clip(rng.uniform((90, 5, 20), (225, 120, 130)), 0, 255)
    return np.clip(skin * rng.uniform((0.7, 0.5, 0.5), (1.05, 0.9, 0.9)), 0, 255)


def _cloth(rng: np.random.Generator) -> np.ndarray:
    """Draw a color of cloth, more often dull than saturated, and often dark or like skin."""
    kind = rng.random()
    if kind < 0.15:
        return rng.uniform(4, 40) * (1 + 0.1 * _normal(rng, 3))
    if kind < 0.25:
        return np.clip(_skin(rng) * rng.uniform(0.6, 1.1), 0, 255)
    if kind < 0.7:
        return np.clip(rng.uniform(8, 240) * (1 + 0.1 * _normal(rng, 3)), 0, 255)
    return rng.uniform(5, 245, 3)


def _bends(rng: np.random.Generator) -> np.ndarray:
    """Draw five waves, 16 to 50 centimetres long, that move points by about half a centimetre."""
    direction = rng.standard_normal((5, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = rng.uniform(16, 50, (5, 1))
    strength = rng.uniform(0, 0.022) * length * rng.standard_normal((5, 3)) * 0.6
    return np.concatenate([direction * 2 * np.pi / length, rng.uniform(0, 2 * np.pi, (5, 1)), strength], 1)


def _expression(rng: np.random.Generator) -> Expression:
    """Draw an expression; half of the faces are nearly at rest."""
    strong = rng.random() < 0.5
    amount = 1.0 if strong else 0.3
    smile = amount * rng.uniform(-0.5, 0.8)
    wink = rng.choice([0.0, 0.3, 1.0], 2, p=[0.12, 0.13, 0.75]) if strong else np.ones(2)
    if rng.random() < 0.7:
        wink[:] = wink[0]
    return Expression(
        smile=smile,
        stretch=1 + amount * rng.uniform(-0.35, 0.2) + 0.12 * smile,
        gap=rng.uniform(0.15, 3.2) if strong and rng.random() < 0.6 else 0.0,
        bright=rng.uniform(0.5, 1.3),
        teeth=rng.uniform(0.0, 1.0),
        lower_teeth=rng.uniform(0.0, 0.5) if rng.random() < 0.4 else 0.0,
        tongue=bool(strong and rng.random() < 0.06),
        eyes=(float(wink[0] * rng.uniform(0.7, 1.2)), float(wink[1] * rng.uniform(0.7, 1.2))),
        brows=(amount * rng.uniform(-0.4, 0.7), amount * rng.uniform(-0.4, 0.7)),
        knit=amount * rng.uniform(0, 0.8) * (rng.random() < 0.4),
    )


def _clothes(rng: np.random.Generator) -> Clothes:
    """Draw clothes as in photographs: two thirds have a collar or a roll neck."""
    kind = rng.random()
    high = 0.0 if kind < 0.35 else rng.uniform(0.8, 3.5) if kind < 0.85 else rng.uniform(3.5, 7.5)
    return Clothes(
        rise=rng.uniform(0.0, 4.5),
        high=high,
        open=rng.uniform(0, 1.2) * high if rng.random() < 0.6 else 0.0,
        front=str(rng.choice(["lapels", "zip", "buttons", "print"])) if rng.random() < 0.7 else None,
    )
