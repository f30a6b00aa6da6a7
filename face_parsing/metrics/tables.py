"""Tables of scores, for CSV files and plots."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from face_parsing.metrics.scoring import MEASURES, ClipScore

# Bounds of face heights, as shares of the frame's height. A face of 8% to 15% spans a few dozen pixels.
HEIGHTS = (0, 0.15, 0.3, 0.6, 1)


def object_table(scores: Sequence[ClipScore], names: dict[int, str]) -> pd.DataFrame:
    """Return mean, recall and decay of J and F, one row per (clip, class) pair (an object in DAVIS)."""
    rows = [
        {"clip": score.clip, "class": names[i]}
        | {f"{m}_{k}": v for m, s in zip(MEASURES, statistics, strict=True) for k, v in s._asdict().items()}
        for score in scores
        for i, *statistics in score.statistics
    ]
    return pd.DataFrame(rows)


def class_table(scores: Sequence[ClipScore], names: dict[int, str]) -> pd.DataFrame:
    """Return one row per class: the mean J and F over its clips, and the number of these clips."""
    objects = object_table(scores, names).groupby("class", sort=False)
    table = objects.agg(J=("J_mean", "mean"), F=("F_mean", "mean"), clips=("clip", "size")).reset_index()
    order = list(names.values())
    return table.sort_values("class", key=lambda column: column.map(order.index), ignore_index=True)


def frame_table(scores: Sequence[ClipScore]) -> pd.DataFrame:
    """Return one row per frame: the share of its height that the face spans, and its mean J and F over classes."""
    rows = [
        {"clip": score.clip, "frame": frame, "height": height, "J": j, "F": f}
        for score in scores
        if score.classes
        for frame, height, j, f in zip(
            score.frames, score.heights, score.j.mean(axis=0), score.f.mean(axis=0), strict=True
        )
    ]
    return pd.DataFrame(rows)


def worst_table(scores: Sequence[ClipScore], count: int) -> pd.DataFrame:
    """Return at most ``count`` rows of the frames with the lowest J, the worst first."""
    return frame_table(scores).sort_values(["J", "F"], kind="stable", ignore_index=True).head(count)


def size_table(scores: Sequence[ClipScore]) -> pd.DataFrame:
    """Return one row per range of face heights: the mean J and F of its frames, and their number.

    Heights are shares of the frame's height. Frames without a face are ignored.
    """
    frames = frame_table(scores)
    names = [f"{low:.0%} to {high:.0%}" for low, high in pairwise(HEIGHTS)]
    sizes = frames.groupby(pd.cut(frames["height"], HEIGHTS, labels=names), observed=True)
    return sizes.agg(J=("J", "mean"), F=("F", "mean"), frames=("frame", "size")).reset_index()


def time_table(scores: Sequence[ClipScore]) -> pd.DataFrame:
    """Return one row per clip and frame number from 0: the mean J of the clip's classes, which shows temporal decay."""
    table = frame_table(scores)
    return pd.DataFrame({"clip": table["clip"], "time": table.groupby("clip").cumcount(), "J": table["J"]})


def swap_table(scores: Sequence[ClipScore], pairs: Sequence[str]) -> pd.DataFrame:
    """Return one row per pair of mirror partners: how often the prediction swaps them.

    ``pixels`` counts the pixels of either class in the ground truth that are predicted as the other. ``share`` is their
    share of the pixels predicted as one of the two. ``frames`` counts the frames with more swapped than right pixels.
    """
    confusion = np.concatenate([score.confusion for score in scores])
    right, swapped = confusion[:, :, 0, 0] + confusion[:, :, 1, 1], confusion[:, :, 0, 1] + confusion[:, :, 1, 0]
    pixels, total = swapped.sum(axis=0), (right + swapped).sum(axis=0)
    share = np.divide(pixels, total, out=np.zeros(len(pairs)), where=total > 0)
    return pd.DataFrame({"pair": pairs, "pixels": pixels, "share": share, "frames": (swapped > right).sum(axis=0)})
