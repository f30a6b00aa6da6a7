"""How crops and label maps are resized: alike wherever a model is trained, used or scored."""

import cv2
import numpy as np


def resized_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An image (H, W, 3) or one of its channels (H, W) at ``size``, a width and height.

    It shrinks by area, since bilinear shrinking would skip pixels, and grows bilinearly.
    """
    shrinks = image.shape[0] * image.shape[1] > size[0] * size[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def resized_labels(label_map: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An (H, W) uint8 label map at ``size``, a width and height: each pixel takes the class at its own centre.

    OpenCV's INTER_NEAREST, which mmcv uses, takes the class at the pixel's corner, and so moves all labels by half a
    pixel of the result.
    """
    return cv2.resize(label_map, size, interpolation=cv2.INTER_NEAREST_EXACT)
