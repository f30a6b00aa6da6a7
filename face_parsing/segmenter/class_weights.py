"""Class weights, so that frequent classes do not dominate the cross entropy."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from face_parsing.imaging.label_maps import read_label_map


def crops_class_weights(crops: Path, num_classes: int, class_weight_exponent: float) -> list[float]:
    """The :func:`class_weights` of the label maps in <crops>/labels/*.png; for an exponent of 0 none is read."""
    if class_weight_exponent == 0:
        return [1.0] * num_classes
    label_maps = (read_label_map(file) for file in sorted((crops / "labels").glob("*.png")))
    return class_weights(label_maps, num_classes, class_weight_exponent)


def class_weights(label_maps: Iterable[np.ndarray], num_classes: int, class_weight_exponent: float) -> list[float]:
    """Class weights that rise with rarity: w_c is proportional to frequency_c ** -class_weight_exponent.

    The mean weight of a pixel is 1, so that the loss keeps its unweighted scale. A class that does not occur gets the
    weight of the rarest class that does.

    Args:
        label_maps: (H, W) uint8 class ids. Ids of ``num_classes`` or more (the ignore index) are not counted.
        num_classes: Number of classes.
        class_weight_exponent: 0 for equal weights, 1 for equal shares of the loss.

    Returns:
        One weight per class.

    Raises:
        ValueError: No pixel has a class.
    """
    histograms = (np.bincount(label_map.ravel(), minlength=256)[:num_classes] for label_map in label_maps)
    counts = sum(histograms, np.zeros(num_classes))
    if not counts.any():
        raise ValueError("no pixel has a class")
    frequencies = counts / counts.sum()
    weights = np.maximum(frequencies, frequencies[counts > 0].min()) ** -class_weight_exponent
    return (weights / (weights * frequencies).sum()).tolist()
