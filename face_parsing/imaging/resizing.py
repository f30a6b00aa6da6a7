"""Resizing of crops and label maps. Training, prediction and scoring share it."""

import cv2
import numpy as np


def resized_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize an image (H, W, 3), or one of its channels (H, W), to ``size``, a width and height in pixels.

    Enlarging is bilinear. Shrinking averages over areas, since bilinear shrinking skips pixels.
    """
    shrinks = image.shape[0] * image.shape[1] > size[0] * size[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def resized_labels(label_map: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize an (H, W) uint8 label map to ``size``, a width and height in pixels.

    Each pixel takes the class at its center. OpenCV's INTER_NEAREST, which mmcv uses, takes the class at the pixel's
    corner, which shifts all labels by half a pixel of the result.
    """
    return cv2.resize(label_map, size, interpolation=cv2.INTER_NEAREST_EXACT)
