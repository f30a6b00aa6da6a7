"""Cluttered backgrounds, partly in the colors of skin and hair, over which the camera pans."""

import cv2
import numpy as np

from face_parsing.synthetic.people.identity import HAIR_COLORS, SKIN_TONES
from face_parsing.synthetic.rendering.noise import fractal_noise, value_noise

MARGIN = 1.25  # the background's size in frames, which leaves a margin to pan over


def _color(rng: np.random.Generator) -> np.ndarray:
    """Draw an RGB color: any color, or one of skin or hair."""
    kind = rng.random()
    if kind < 0.22:
        return SKIN_TONES[rng.integers(len(SKIN_TONES))] * rng.uniform(0.7, 1.05)
    if kind < 0.4:
        return HAIR_COLORS[rng.integers(len(HAIR_COLORS))] * rng.uniform(0.8, 1.3)
    return rng.uniform(10, 245, 3)


def _texture(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a grey texture about 1, (H, W) float32: strands, blotches, stripes, checks or grain."""
    height, width = shape
    kind = rng.integers(5)
    grain = rng.uniform(2, 12)
    if kind == 0:
        return 1 + 0.3 * value_noise(rng, shape, (grain * 6, max(1.2, grain / 4)))
    if kind == 1:
        return 1 + 0.35 * fractal_noise(rng, shape, grain * 4)
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    angle = rng.uniform(0, np.pi)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 / grain)
    if kind == 2:
        return (1 + 0.25 * np.sign(wave)).astype(np.float32)
    if kind == 3:
        cross = np.sin((y * np.cos(angle) - x * np.sin(angle)) * 2 / grain)
        return (1 + 0.25 * np.sign(wave * cross)).astype(np.float32)
    return (1 + 0.1 * rng.standard_normal(shape)).astype(np.float32)


def _outline(rng: np.random.Generator, center: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Draw the (N, 2) points of an ellipse, a box or a crooked polygon."""
    kind = rng.integers(3)
    if kind == 0:
        angle = np.linspace(0, 2 * np.pi, 40)[:-1]
    elif kind == 1:
        angle = np.pi / 4 + np.arange(4) * np.pi / 2
    else:
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * size
    turn = rng.uniform(-0.4, 0.4)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return center + points @ spin.T


def draw_background(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draw a background larger than a frame of ``width`` x ``height`` pixels by MARGIN, (H, W, 3) uint8 BGR."""
    shape = (round(height * MARGIN), round(width * MARGIN))
    ramp = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None, None]
    image = np.broadcast_to((1 - ramp) * _color(rng) + ramp * _color(rng), (*shape, 3)).astype(np.float32)
    image = image * _texture(rng, shape)[..., None]
    for _ in range(rng.integers(8, 30)):
        size = shape[0] * np.exp(rng.uniform(np.log(0.03), np.log(0.45))) * np.array([rng.uniform(0.4, 1.6), 1])
        _add_object(rng, image, rng.uniform(0, 1, 2) * shape[::-1], size)
    image = np.clip(image * (1 + 0.3 * fractal_noise(rng, shape, shape[0] / 2, 3))[..., None], 0, 255)
    blur = rng.choice([0.5, 1.2, 2.5, 5.0]) * height / 288
    return cv2.GaussianBlur(image[..., ::-1].astype(np.uint8), (0, 0), blur)


def _add_object(rng: np.random.Generator, image: np.ndarray, center: np.ndarray, size: np.ndarray) -> None:
    """Draw a textured object that is lighter to one side. Some have a top in a hair color, like a head of hair."""
    outline = _outline(rng, center, size)
    low = np.clip(np.floor(outline.min(0)).astype(int), 0, np.array(image.shape[1::-1]) - 1)
    high = np.clip(np.ceil(outline.max(0)).astype(int) + 1, low + 1, image.shape[1::-1])
    patch = image[low[1] : high[1], low[0] : high[0]]
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline - low).astype(np.int32)], 1)
    left, right = rng.uniform(0.5, 1.3, 2)
    light = np.linspace(left, right, patch.shape[1])[None, :]
    fill = _color(rng) * (_texture(rng, patch.shape[:2]) * light)[..., None]
    if rng.random() < 0.25:
        cap = max(int(patch.shape[0] * rng.uniform(0.2, 0.5)), 1)
        fill[:cap] = HAIR_COLORS[rng.integers(len(HAIR_COLORS))] * _texture(rng, (cap, patch.shape[1]))[..., None]
    patch[mask > 0] = fill[mask > 0]


def view(background: np.ndarray, shift: np.ndarray, zoom: float, width: int, height: int) -> np.ndarray:
    """Cut a frame from a background: ``shift`` (2,) is -1 to 1 across its margin, ``zoom`` is about 1."""
    middle = np.array(background.shape[1::-1]) / 2
    room = (middle - np.array([width, height]) / 2) * 0.9
    matrix = np.array([[zoom, 0, 0], [0, zoom, 0]], np.float32)
    matrix[:, 2] = np.array([width, height]) / 2 - zoom * (middle + np.clip(shift, -1, 1) * room)
    return cv2.warpAffine(background, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
