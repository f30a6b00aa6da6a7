"""Region similarity J, and what a frame's pixels are mistaken for."""

import numpy as np


def count_overlap(truth: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count how two label maps, (H, W) uint8, overlap.

    Returns:
        The pixels of each class in the truth, (256,) int64, and the pixels where the two differ, (256, 256) int64,
        indexed by the truth's class and the prediction's; its diagonal is empty.
    """
    area = np.bincount(truth.ravel(), minlength=256)
    wrong = truth != prediction
    # Few pixels are wrong, so the pairs of classes are counted on them alone.
    pairs = truth[wrong].astype(np.int64) * 256 + prediction[wrong]
    return area, np.bincount(pairs, minlength=256 * 256).reshape(256, 256)


def region_similarity(area: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """J of every class, (256,) float64: the intersection over the union of its two regions, 1 where both are empty.

    The arguments are :func:`count_overlap`'s. Source: Perazzi et al., DAVIS 2016, section 4; ``db_eval_iou`` in
    davis2017-evaluation.
    """
    intersection = area - confusion.sum(axis=1)
    union = area + confusion.sum(axis=0)
    return np.divide(intersection, union, out=np.ones(256), where=union > 0)
