"""Readers of label maps and masks written by other tools."""

from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.png import read_png

PART_MASK = "the mask of one part, a PNG of two values"
PROBABILITIES = "the probabilities of one class, a grey 8-bit PNG"


def read_one(paths: tuple[Path, ...], labels: LabelTable) -> np.ndarray:
    """Read the label map of a single file, (H, W) uint8; see :func:`read_label_map`."""
    (path,) = paths
    return read_label_map(path, labels)


def read_part_mask(path: Path) -> np.ndarray:
    """Read the mask of one part, (H, W) bool: set where it is not black.

    So files of 1 bit, of 0 and 1, and of 0 and 255 are the same. If a mask has more than two values, because it was
    resized or compressed, it is set above half of its depth.

    Raises:
        PipelineError: see :func:`read_png`; or the file has colors, or several values that are all in its darker half.
    """
    stored = read_png(path, PART_MASK)
    values = stored.values
    if stored.palette is not None:  # an indexed file may have black at any index
        values = stored.palette.max(axis=1)[np.minimum(values, len(stored.palette) - 1)]
    if values.ndim == 3:
        raise PipelineError(f"{path}: colors; expected {PART_MASK}")
    largest = int(values.max(initial=0))
    if np.isin(values, (0, largest)).all():
        return values > 0
    if largest <= stored.largest // 2:
        raise PipelineError(f"{path}: several values up to {largest}; expected {PART_MASK}")
    return values > stored.largest // 2


def read_probabilities(path: Path) -> np.ndarray:
    """Read the probabilities of one class, (H, W) uint8 from 0 to 255.

    Raises:
        PipelineError: see :func:`read_png`; or the file is not grey or not of 8 bits.
    """
    stored = read_png(path, PROBABILITIES)
    if stored.values.ndim == 3 or stored.palette is not None or stored.largest != 255:
        raise PipelineError(f"{path}: not grey or not of 8 bits; expected {PROBABILITIES}")
    return stored.values.astype(np.uint8)
