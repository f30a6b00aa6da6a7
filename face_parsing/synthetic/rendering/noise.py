"""Value noise: smooth random textures."""

import cv2
import numpy as np


def value_noise(rng: np.random.Generator, shape: tuple[int, ...], cell: tuple[float, float]) -> np.ndarray:
    """Draw smooth noise, float32 of about [-1, 1]; ``cell`` is the grain's height and width in pixels."""
    height, width = shape
    rows, columns = (max(2, int(np.ceil(size / grain)) + 1) for size, grain in zip(shape, cell, strict=True))
    grid = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)


def fractal_noise(rng: np.random.Generator, shape: tuple[int, ...], cell: float, octaves: int = 4) -> np.ndarray:
    """Sum value noise over octaves from ``cell`` pixels down; each octave halves the cell and the strength."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grain = max(1.0, cell / 2**octave)
        total += value_noise(rng, shape, (grain, grain)) / 2**octave
    return total / 1.5
