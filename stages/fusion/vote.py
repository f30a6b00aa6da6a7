"""The hard vote of label maps."""

from collections.abc import Sequence

import numpy as np


def vote(label_maps: Sequence[np.ndarray]) -> np.ndarray:
    """The class that most label maps give each pixel.

    Args:
        label_maps: (H, W) uint8 each, in the order of trust: of classes with equally many votes, the one wins whose
            first voter comes first.

    Returns:
        (H, W) uint8.
    """
    winner = label_maps[0].copy()
    most = _supporters(winner, label_maps)
    for label_map in label_maps[1:]:
        votes = _supporters(label_map, label_maps)
        np.copyto(winner, label_map, where=votes > most)
        np.maximum(most, votes, out=most)
    return winner


def _supporters(label_map: np.ndarray, label_maps: Sequence[np.ndarray]) -> np.ndarray:
    """How many of ``label_maps`` agree with ``label_map``, pixel by pixel."""
    votes = np.zeros(label_map.shape, np.min_scalar_type(len(label_maps)))
    for other in label_maps:
        votes += label_map == other
    return votes
