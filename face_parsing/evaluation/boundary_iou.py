"""Boundary IoU: the IoU of what lies along the boundaries alone, which large regions do not drown."""

import cv2
import numpy as np

from face_parsing.evaluation.boundary import near_boundary

WIDTH = 0.02  # of the image diagonal
OUTSIDE = 255  # no class of a prediction, nor of a truth whose ignored pixels are background


def band_width(shape: tuple[int, int]) -> int:
    """How wide a band counts along boundaries in an image of a shape (H, W), in pixels: 0.02 of its diagonal."""
    return max(round(WIDTH * float(np.linalg.norm(shape))), 1)


def boundary_iou(truth: np.ndarray, prediction: np.ndarray, width: int) -> np.ndarray:
    """Boundary IoU of every class but the background, (256,) float64; 1 for a class that is in neither label map.

    A class's band is what of its region lies within ``width`` pixels of its own boundary, or of the image's edge; the
    IoU is that of the two bands. Source: Cheng et al., Boundary IoU, CVPR 2021, equation 2, and its reference
    implementation, whose erosions by 3 x 3 pixels are one by a larger square here, of all classes at once.

    Args:
        truth: (H, W) uint8, without ignored pixels.
        prediction: Likewise.
        width: See :func:`band_width`.
    """
    x, y, columns, rows = cv2.boundingRect(truth | prediction)
    margin = width + 1  # of background, so that the region's edge is the image's edge or does not count
    region = slice(max(y - margin, 0), y + rows + margin), slice(max(x - margin, 0), x + columns + margin)
    truth, prediction = truth[region], prediction[region]
    ours, theirs = _band(prediction, width), _band(truth, width)
    intersection = _areas(truth, ours & theirs & (truth == prediction))
    union = _areas(truth, theirs) + _areas(prediction, ours) - intersection
    return np.divide(intersection, union, out=np.ones(256), where=union > 0)


def _areas(label_map: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The pixels of every class in a region (H, W) bool, (256,) float64; OpenCV counts twice as fast as NumPy."""
    return cv2.calcHist([label_map], [0], where.view(np.uint8), [256], [0, 256])[:, 0].astype(float)


def _band(label_map: np.ndarray, width: int) -> np.ndarray:
    """Where another class, or the edge, is within ``width`` rows and columns, (H, W) bool."""
    framed = cv2.copyMakeBorder(label_map, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=OUTSIDE)
    return near_boundary(framed, width)[1:-1, 1:-1]
