"""Mean, recall and decay of a measure over a clip's frames."""

from typing import NamedTuple

import numpy as np

BINS = 4
RECALL_THRESHOLD = 0.5


class Statistics(NamedTuple):
    """A measure over a clip: its mean, the share of frames above 0.5, and its loss from start to end (NaN: none)."""

    mean: float
    recall: float
    decay: float


def clip_statistics(values: np.ndarray) -> Statistics:
    """Mean, recall and decay of a measure's values, (T,) float64, one a frame.

    Decay is the mean of the first quarter of the frames minus that of the last, quarters sharing their end frames as
    DAVIS's do; under four frames there is none. Source: ``db_statistics`` in davis2017-evaluation. That code keeps
    frame numbers in 8 bits, which overflow in clips over 256 frames: its decay is of other frames there, or NaN; here
    it is what the definition says.
    """
    ends = np.round(np.linspace(1, len(values), BINS + 1) + 1e-10).astype(int) - 1
    decay = np.nan
    if len(values) >= BINS:
        decay = values[: ends[1] + 1].mean() - values[ends[-2] :].mean()
    return Statistics(float(values.mean()), float((values > RECALL_THRESHOLD).mean()), float(decay))
