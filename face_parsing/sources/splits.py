"""The splits of a source that has none of its own."""

from collections.abc import Sequence

import numpy as np

from face_parsing.sources.parameters import DrawnSplit


def draw_splits(names: Sequence[str], drawn: DrawnSplit) -> dict[str, str]:
    """The split of each name, by shares: train takes what val and test leave, and each gets one name at least.

    The same names and the same seed give the same splits, in whatever order the names come.
    """
    names = sorted(names)
    order = np.random.default_rng(drawn.seed).permutation(len(names))
    val, test = (max(round(share * len(names)), 1) for share in (drawn.val, drawn.test))
    splits = {}
    for position, index in enumerate(order.tolist()):
        splits[names[index]] = "test" if position < test else "val" if position < test + val else "train"
    return splits
