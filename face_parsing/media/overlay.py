"""Draws label maps over their images."""

from collections.abc import Sequence

import cv2
import numpy as np

from face_parsing.clips.face_table import Face

OPACITY = 0.55
COLOURS = {"detected": (80, 220, 80), "interpolated": (60, 200, 255), "whole_frame": (60, 60, 255)}  # BGR


def overlay(image: np.ndarray, label_map: np.ndarray, palette: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """Draw a label map over its image, with a box around each face in the color of its source.

    Args:
        image: (H, W, 3) uint8 BGR.
        label_map: (H, W) uint8.
        palette: Colors by class, (256, 3) uint8 RGB.
        faces: The image's faces.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    mixed = cv2.addWeighted(image, 1 - OPACITY, palette[:, ::-1][label_map], OPACITY, 0)
    drawn = np.where(label_map[..., None] > 0, mixed, image)
    thickness = max(round(min(image.shape[:2]) / 300), 1)
    for face in faces:
        x1, y1, x2, y2 = (round(c) for c in face.box)
        cv2.rectangle(drawn, (x1, y1), (x2 - 1, y2 - 1), COLOURS[face.source], thickness)
    return drawn
