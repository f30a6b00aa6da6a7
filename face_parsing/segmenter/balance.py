"""Class weights, so that the cross entropy of a face is not that of its background."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from face_parsing.pipeline.pictures import read_label_map


def crops_class_weights(crops: Path, num_classes: int, balance: float) -> list[float]:
    """The :func:`class_weights` of the label maps in crops/labels."""
    label_maps = (read_label_map(file) for file in sorted((crops / "labels").glob("*.png")))
    return class_weights(label_maps, num_classes, balance)


def class_weights(label_maps: Iterable[np.ndarray], num_classes: int, balance: float) -> list[float]:
    """Weights of the classes that rise as they get rarer: w_c proportional to frequency_c ** -balance.

    They are scaled so that the mean weight of a pixel is 1, which keeps the loss at its unweighted size. A class that
    does not occur gets the weight of the rarest that does.

    Args:
        label_maps: (H, W) uint8 class ids; ids from ``num_classes`` on (the ignore index) are not counted.
        num_classes: how many classes there are.
        balance: 0 for equal weights, 1 for equal shares of the loss.

    Raises:
        ValueError: no pixel has a class.
    """
    counts = sum((np.bincount(m.ravel(), minlength=256)[:num_classes] for m in label_maps), np.zeros(num_classes))
    if not counts.any():
        raise ValueError("no pixel has a class")
    frequencies = counts / counts.sum()
    weights = np.maximum(frequencies, frequencies[counts > 0].min()) ** -balance
    return (weights / (weights * frequencies).sum()).tolist()
