"""Mean, recall and temporal decay of a measure over a clip's frames."""

from typing import NamedTuple

import numpy as np

BINS = 4
RECALL_THRESHOLD = 0.5


class Statistics(NamedTuple):
    """A measure over a clip: mean, recall (share of frames above 0.5) and temporal decay (NaN for short clips)."""

    mean: float
    recall: float
    decay: float


def clip_statistics(values: np.ndarray) -> Statistics:
    """Compute mean, recall and temporal decay of a measure's values, (T,) float64, one per frame.

    Decay is the mean of the first quarter of the frames minus the mean of the last. Quarters share their end frames, as
    in DAVIS. Decay is NaN for under four frames. Source: ``db_statistics`` in davis2017-evaluation. That code stores
    frame numbers in 8 bits, which overflow in clips over 256 frames. We follow the definition there.
    """
    ends = np.round(np.linspace(1, len(values), BINS + 1) + 1e-10).astype(int) - 1
    decay = np.nan
    if len(values) >= BINS:
        decay = values[: ends[1] + 1].mean() - values[ends[-2] :].mean()
    return Statistics(float(values.mean()), float((values > RECALL_THRESHOLD).mean()), float(decay))
