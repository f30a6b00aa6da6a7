"""Frames worked on together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

PIXELS = 2**25  # of a batch's frames together, which bounds its memory: one of 8K, four of 4K


def batches(items: Iterable[Item], size: int, pixels: Callable[[Item], int]) -> Iterator[list[Item]]:
    """The items in lists of ``size``, fewer where they are large; one that has more than PIXELS comes alone.

    Args:
        items: Taken one at a time.
        size: The most in a list.
        pixels: Says how many an item has.
    """
    batch: list[Item] = []
    total = 0
    for item in items:
        if batch and (len(batch) == size or total + pixels(item) > PIXELS):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += pixels(item)
    if batch:
        yield batch
