"""How a head moves through a clip: smooth curves, blinks, speech, and turns."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Motion:
    """A head's movement, one value for each frame.

    Attributes:
        yaw, pitch, roll: (F,) radians. Positive yaw turns to the subject's left, positive pitch looks down, and
            positive roll tilts the head's top to the subject's right.
        body_yaw: (F,) radians, the yaw of the shoulders.
        shift: (F, 2), the displacement from the clip's mean position, in face heights.
        zoom: (F,), relative size, at least 1.
        eyes: (F,), openness of the eyes, 0 to 1.
        mouth: (F,), openness of the mouth, 0 to 1.
        gaze: (F, 2), direction of the irises, -1 to 1, to the subject's left and up.
    """

    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    body_yaw: np.ndarray
    shift: np.ndarray
    zoom: np.ndarray
    eyes: np.ndarray
    mouth: np.ndarray
    gaze: np.ndarray


def smooth_curve(rng: np.random.Generator, frames: int, period: float) -> np.ndarray:
    """Draw a smooth curve of about [-1, 1], (frames,), that oscillates in about ``period`` frames or slower."""
    time = np.arange(frames)
    waves = [
        np.sin(2 * np.pi * (time / (period * stretch) + rng.uniform())) * rng.uniform(0.4, 1)
        for stretch in (1.0, 1.7, 3.1)
    ]
    return np.sum(waves, axis=0) / 1.8


def draw_motion(rng: np.random.Generator, frames: int, fast_turn: bool, talks: bool) -> Motion:
    """Draw a clip's movement; a fast turn swings the head from one side to the other within a few frames."""
    time = np.arange(frames)
    yaw = np.deg2rad(np.clip(rng.normal(0, 26), -68, 68) + rng.uniform(6, 20) * smooth_curve(rng, frames, 24))
    if fast_turn:
        side = rng.choice([-1, 1])
        middle, width = rng.uniform(0.3, 0.7) * frames, rng.uniform(0.8, 1.8)
        swing = np.tanh((time - middle) / width)
        yaw = side * swing * np.deg2rad(rng.uniform(45, 85)) + 0.25 * yaw
    yaw = np.clip(yaw, *np.deg2rad([-95, 95]))
    pitch = np.deg2rad(np.clip(rng.normal(0, 8), -18, 18) + rng.uniform(2, 9) * smooth_curve(rng, frames, 18))
    roll = np.deg2rad(np.clip(rng.normal(0, 7), -18, 18) + rng.uniform(1, 6) * smooth_curve(rng, frames, 22))
    zoom = 1.1 + rng.uniform(0.02, 0.1) * smooth_curve(rng, frames, 30)
    eyes = np.full(frames, rng.uniform(0.75, 1.0))
    for blink in rng.uniform(0, frames, rng.poisson(frames / 12)):
        eyes *= 1 - np.exp(-(((time - blink) / 0.9) ** 2))
    speech = np.clip(0.5 + 0.9 * smooth_curve(rng, frames, 5), 0, 1) * rng.uniform(0.35, 1.0) if talks else 0 * time
    return Motion(
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        body_yaw=0.45 * yaw.mean() + 0.15 * yaw + np.deg2rad(rng.normal(0, 10)),
        shift=np.stack([smooth_curve(rng, frames, 26), smooth_curve(rng, frames, 26)], 1) * rng.uniform(0.02, 0.12),
        zoom=zoom / zoom.min(),
        eyes=eyes,
        mouth=speech,
        gaze=np.clip(np.stack([smooth_curve(rng, frames, 11), smooth_curve(rng, frames, 11)], 1), -1, 1),
    )


def turned_further(motion: Motion, rng: np.random.Generator) -> Motion:
    """Turn a head further, as heads in photographs: up to profile, up, down and tilted.

    Half of the heads keep their yaw, which is mostly near frontal. The others get a uniform extra yaw.
    """
    side = rng.uniform(-90, 90) if rng.random() < 0.5 else 0.0
    yaw, pitch, roll = np.deg2rad([side, rng.normal(0, 10), rng.normal(0, 9)])
    return replace(
        motion,
        yaw=np.clip(motion.yaw + yaw, *np.deg2rad([-95, 95])),
        pitch=np.clip(motion.pitch + pitch, *np.deg2rad([-35, 35])),
        roll=np.clip(motion.roll + roll, *np.deg2rad([-35, 35])),
        body_yaw=motion.body_yaw + rng.uniform(0.1, 0.8) * yaw,
    )
