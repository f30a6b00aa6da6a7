"""Tables of video metrics, for CSV files and plots."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from face_parsing.core.labels import LabelTable
from face_parsing.core.model_names import RESULT
from face_parsing.metrics.flicker import COUNTS, MOTIONS
from face_parsing.metrics.video import PixelCounts, VideoScore, VideoScores

BOUNDARY = ("inside", "near a boundary")


def write_video_tables(folder: Path, scores: Mapping[str, VideoScores], labels: LabelTable) -> None:
    """Write classes.csv and motion.csv for all models, and time.csv for the result, to an existing folder."""
    names = {label.id: label.name for label in labels.labels}
    classes = {model: flicker_class_table(model_scores.counts, names) for model, model_scores in scores.items()}
    motion = {model: motion_table(model_scores.counts) for model, model_scores in scores.items()}
    tables = {
        "classes": pd.concat(classes, names=["model"]).reset_index(level="model"),
        "motion": pd.concat(motion, names=["model"]).reset_index(level="model"),
        "time": flicker_time_table(scores[RESULT].clips),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f")


def flicker_class_table(counts: PixelCounts, names: dict[int, str]) -> pd.DataFrame:
    """Return one row per class of the ground truth: F1 and IoU over all clips' pixels, and flicker of its points."""
    right, truth, prediction = counts.areas.T
    flicker = _flicker(counts.flicker.sum(axis=(1, 2)))
    with np.errstate(invalid="ignore"):
        table = pd.DataFrame(
            {"F1": 2 * right / (truth + prediction), "IoU": right / (truth + prediction - right)} | flicker
        )
    table.insert(0, "class", pd.Series(names))
    return table[(truth > 0) & (np.arange(len(table)) > 0)].reset_index(drop=True)


def motion_table(counts: PixelCounts) -> pd.DataFrame:
    """Return one row per range of motion, inside and near a boundary: flicker of its points, and their number.

    Motion is per frame, as a share of the face's height.
    """
    by_motion = counts.flicker[1:].sum(axis=0)  # (motions, inside and near, COUNTS)
    bounds = [f"{bound:.0%}" for bound in MOTIONS]
    motions = [f"under {bounds[0]}", *(f"{low} to {high}" for low, high in pairwise(bounds)), f"over {bounds[-1]}"]
    index = pd.MultiIndex.from_product([motions, BOUNDARY], names=["motion", "where"])
    return pd.DataFrame(_flicker(by_motion.reshape(-1, len(COUNTS))), index=index).reset_index()


def flicker_time_table(scores: Sequence[VideoScore]) -> pd.DataFrame:
    """Return one row per clip and pair of neighbouring frames, numbered from 1: exact and estimated flicker.

    A clip of one frame has no row.
    """
    pairs = [len(score.over_time) for score in scores]
    points, changed = np.concatenate([score.estimated for score in scores]).T
    return pd.DataFrame(
        {
            "clip": np.repeat(np.array([score.clip for score in scores], object), pairs),
            "time": np.concatenate([np.arange(1, count + 1) for count in pairs]),
            **_flicker(np.concatenate([score.over_time for score in scores])),
            "estimated": _share(changed, points),
        }
    )


def _flicker(counts: np.ndarray) -> dict[str, np.ndarray]:
    points, changed, half_right = counts.T
    return {"flicker": _share(changed, points), "half_right": _share(half_right, points), "points": points}


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return the share of every part in its whole, NaN if the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
