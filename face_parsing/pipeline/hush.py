"""The frameworks' talk kept from the terminal, where a stage's progress and its summary belong."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Pillow's are of broken EXIF data, of which nothing but the orientation is read.
FRAMEWORKS = r"(PIL|mmcv|mmdet|mmengine|mmseg|torch)(\.|$)"


def hush_frameworks() -> None:
    """Pass over the warnings that the frameworks' own modules raise, in this process."""
    warnings.filterwarnings("ignore", module=FRAMEWORKS)


@contextmanager
def frameworks_hushed() -> Iterator[None]:
    """Pass over those warnings for a while: a library leaves its user's process as it was."""
    with warnings.catch_warnings():
        hush_frameworks()
        yield
