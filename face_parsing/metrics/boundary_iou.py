"""Boundary IoU: the IoU of bands along the boundaries, which large regions do not dominate."""

import cv2
import numpy as np

from face_parsing.metrics.boundary import near_boundary

WIDTH = 0.02  # of the image diagonal
OUTSIDE = 255  # not a class of a prediction, nor of a ground truth whose ignored pixels are background


def band_width(shape: tuple[int, int]) -> int:
    """Return the width in pixels of the band along boundaries, for an image of a shape (H, W): 0.02 of its diagonal."""
    return max(round(WIDTH * float(np.linalg.norm(shape))), 1)


def boundary_iou(truth: np.ndarray, prediction: np.ndarray, width: int) -> np.ndarray:
    """Compute the boundary IoU of every class but the background, (256,) float64; 1 for a class in neither label map.

    A class's band is the part of its region within ``width`` pixels of its boundary or of the image's edge. The
    boundary IoU is the IoU of the two bands. Source: Cheng et al., Boundary IoU, CVPR 2021, equation 2. We replace the
    reference implementation's repeated 3 x 3 erosions with one erosion by a larger square, for all classes at once.

    Args:
        truth: (H, W) uint8, without ignored pixels.
        prediction: (H, W) uint8, without ignored pixels.
        width: Width of the band in pixels, see :func:`band_width`.
    """
    x, y, columns, rows = cv2.boundingRect(truth | prediction)
    margin = width + 1  # of background, so that the region's edge is the image's edge or lies in no band
    region = slice(max(y - margin, 0), y + rows + margin), slice(max(x - margin, 0), x + columns + margin)
    truth, prediction = truth[region], prediction[region]
    predicted, true = _band(prediction, width), _band(truth, width)
    intersection = _areas(truth, predicted & true & (truth == prediction))
    union = _areas(truth, true) + _areas(prediction, predicted) - intersection
    return np.divide(intersection, union, out=np.ones(256), where=union > 0)


def _areas(label_map: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Count the pixels of every class in a mask (H, W) bool, (256,) float64; OpenCV is twice as fast as NumPy."""
    return cv2.calcHist([label_map], [0], mask.view(np.uint8), [256], [0, 256])[:, 0].astype(float)


def _band(label_map: np.ndarray, width: int) -> np.ndarray:
    """Return where another class or the image's edge lies within ``width`` rows and columns, (H, W) bool."""
    framed = cv2.copyMakeBorder(label_map, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=OUTSIDE)
    return near_boundary(framed, width)[1:-1, 1:-1]
