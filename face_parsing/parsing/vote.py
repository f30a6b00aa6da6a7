"""The vote of several models, on their classes or on their probabilities."""

from collections.abc import Sequence

import numpy as np

from face_parsing.parsing.compositing import Prediction, composite, mean_of
from face_parsing.parsing.parameters import Vote


def vote(predictions: Sequence[Prediction], kind: Vote) -> Prediction:
    """Combine several models' predictions of a frame into one.

    Args:
        predictions: By descending trust; all have the same faces in the same order.
        kind: ``hard`` counts the label maps (:func:`hard_vote`). ``soft`` takes the class with the highest mean score;
            scores must be probabilities.

    Returns:
        The label map, and the faces' mean scores; of a hard vote none.
    """
    label_maps = [prediction.label_map for prediction in predictions]
    if kind == "hard":
        return Prediction(hard_vote(label_maps), [])
    scores = mean_of([prediction.scores for prediction in predictions])
    return Prediction(composite(label_maps[0].shape, scores), scores)


def hard_vote(label_maps: Sequence[np.ndarray]) -> np.ndarray:
    """Give each pixel the class that most label maps give it.

    Args:
        label_maps: (H, W) uint8 each, by descending trust: of classes with equally many votes, the one with the most
            trusted voter wins.

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
    """The number of ``label_maps`` that agree with ``label_map`` at each pixel."""
    votes = np.zeros(label_map.shape, np.min_scalar_type(len(label_maps)))
    for other in label_maps:
        votes += label_map == other
    return votes
