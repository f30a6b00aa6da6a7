"""Draws the splits of a source without its own."""

from collections.abc import Sequence

import numpy as np

from face_parsing.sources.layouts.parameters import DrawnSplit


def draw_splits(names: Sequence[str], drawn: DrawnSplit) -> dict[str, str]:
    """Draw the split of each name by shares; val and test get at least one name each, train the rest.

    The result depends on the names and the seed, not on the order of the names.
    """
    names = sorted(names)
    order = np.random.default_rng(drawn.seed).permutation(len(names))
    val, test = (max(round(share * len(names)), 1) for share in (drawn.val, drawn.test))
    splits = {}
    for position, index in enumerate(order.tolist()):
        splits[names[index]] = "test" if position < test else "val" if position < test + val else "train"
    return splits
