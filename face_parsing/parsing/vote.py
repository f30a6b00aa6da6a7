"""The vote of several models: of their classes, or of their probabilities."""

from collections.abc import Sequence

import numpy as np

from face_parsing.parsing.composing import Prediction, compose, mean_of
from face_parsing.parsing.parameters import Vote


def vote(predictions: Sequence[Prediction], kind: Vote) -> np.ndarray:
    """One label map (H, W) uint8 of a frame out of several models' predictions.

    Args:
        predictions: In the order of trust, of the same faces in the same order.
        kind: ``hard`` counts the label maps (:func:`hard_vote`); ``soft`` the scores, which are probabilities then:
            the class with the highest mean wins.
    """
    label_maps = [prediction.label_map for prediction in predictions]
    if kind == "hard":
        return hard_vote(label_maps)
    return compose(label_maps[0].shape, mean_of([prediction.scores for prediction in predictions]))


def hard_vote(label_maps: Sequence[np.ndarray]) -> np.ndarray:
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
