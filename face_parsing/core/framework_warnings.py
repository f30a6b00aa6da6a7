"""Suppression of what the frameworks print and warn of, which would clutter a stage's progress and summary."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

# Pillow warns of broken EXIF data, from which we read only the orientation.
FRAMEWORKS = r"(PIL|mmcv|mmdet|mmengine|mmseg|torch)(\.|$)"


def suppress_framework_warnings() -> None:
    """Ignore warnings raised by the frameworks' own modules, in the whole process."""
    warnings.filterwarnings("ignore", module=FRAMEWORKS)


@contextmanager
def framework_warnings_suppressed() -> Iterator[None]:
    """Ignore those warnings within the block, and restore the process's warning filters after it."""
    with warnings.catch_warnings():
        suppress_framework_warnings()
        yield


@contextmanager
def stdout_suppressed() -> Iterator[None]:
    """Drop what the block prints: mmdet prints packages that it can't import, pycocotools prints its progress."""
    with redirect_stdout(StringIO()):
        yield
