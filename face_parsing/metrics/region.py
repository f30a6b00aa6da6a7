"""Region similarity J, and the confusion matrix of a frame's pixels."""

import numpy as np


def confusion_matrix(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Count the pixels by their class in the ground truth (rows) and in the prediction (columns), (256, 256) int64.

    The arguments are label maps, (H, W) uint8.
    """
    pairs = truth.astype(np.uint16) << 8 | prediction
    return np.bincount(pairs.ravel(), minlength=256 * 256).reshape(256, 256)


def region_similarity(confusion: np.ndarray) -> np.ndarray:
    """Compute J of every class, (256,) float64: the IoU of its two regions, 1 if both are empty.

    The argument is a :func:`confusion_matrix`. Source: Perazzi et al., DAVIS 2016, section 4; ``db_eval_iou`` in
    davis2017-evaluation.
    """
    intersection = confusion.diagonal()
    union = confusion.sum(axis=1) + confusion.sum(axis=0) - intersection
    return np.divide(intersection, union, out=np.ones(256), where=union > 0)
