"""Readers of label maps and masks written by other tools."""

from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.imaging.pictures import opened

EXPECTED = "a label map, an 8-bit PNG with one channel"


def read_one(paths: tuple[Path, ...]) -> np.ndarray:
    """Read the label map of a single file, (H, W) uint8; see :func:`read_mask`."""
    (path,) = paths
    return read_mask(path)


def read_mask(path: Path) -> np.ndarray:
    """Read a PNG of ids as (H, W) uint8; it may be indexed, gray, of 16 bits, or RGB with equal channels.

    Raises:
        PipelineError: The file is missing, unreadable or not a PNG, or holds colors or values above 255.
    """
    with opened(path, EXPECTED) as image:
        if image.format != "PNG":
            raise PipelineError(f"{path}: {image.format}; expected {EXPECTED}")
        # Indexed files are read by index; their palette is not used.
        values = np.array(image)
        mode = image.mode
    if values.ndim == 3:
        channels = values[..., :3] if mode in ("RGB", "RGBA") else values[..., :1]
        if (channels != channels[..., :1]).any():
            raise PipelineError(f"{path}: colours (mode {mode}); expected {EXPECTED}, whose values are class ids")
        values = channels[..., 0]
    if values.max(initial=0) > 255 or values.min(initial=0) < 0:
        raise PipelineError(f"{path}: value {values.max()}; expected {EXPECTED}, whose values are class ids")
    return values.astype(np.uint8)
