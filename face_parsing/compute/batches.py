"""Batches of frames, bounded in number and in pixels."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

PIXELS = 2**25  # the most in a batch, to bound its memory: one frame of 8K, four of 4K


def batches(items: Iterable[Item], size: int, image: Callable[[Item], np.ndarray]) -> Iterator[list[Item]]:
    """Yield the items in lists of at most ``size``, with at most PIXELS pixels. A larger item is a batch of its own.

    Args:
        items: The items, read one at a time.
        size: The most items in a batch.
        image: Returns the image of an item, (H, W, 3).
    """
    batch: list[Item] = []
    total = 0
    for item in items:
        height, width = image(item).shape[:2]
        if batch and (len(batch) == size or total + height * width > PIXELS):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += height * width
    if batch:
        yield batch
