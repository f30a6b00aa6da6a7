"""720p frames of 17 coloured blobs, one per class."""

import cv2
import numpy as np

from face_parsing.geometry.squares import Square, cut
from face_parsing.imaging.resizing import resized_labels

CLASSES = range(1, 18)
SHAPE = 720, 1280


def draw_blobs(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    label_map = np.zeros(SHAPE, np.uint8)
    for label in CLASSES:
        center, axes = (int(rng.integers(400, 880)), int(rng.integers(150, 570))), rng.integers(15, 120, 2).tolist()
        cv2.ellipse(label_map, center, axes, int(rng.integers(180)), 0, 360, label, -1)
    return label_map


def paint(label_map: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    colours = rng.integers(20, 236, (256, 3))
    return np.clip(colours[label_map] + rng.normal(0, 8, (*SHAPE, 3)), 0, 255).astype(np.uint8)


def face_probabilities(label_map: np.ndarray, place: Square, side: int) -> np.ndarray:
    """The blurred classes of a square as probabilities, (classes, side, side) float32."""
    crop = resized_labels(cut(label_map, place, 0), (side, side))
    scores = np.float32([cv2.GaussianBlur(np.float32(crop == label), (0, 0), 3) for label in [0, *CLASSES]])
    return scores / scores.sum(axis=0)
