"""The values of a PNG file as they are stored, whatever its mode and depth."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL.Image import Image

from face_parsing.core.errors import PipelineError
from face_parsing.imaging.pictures import opened

# Pillow spreads the values of grey files with fewer than 8 bits over 0 to 255.
GREY_STEPS = {"L;2": 85, "L;4": 17}


class StoredPng(NamedTuple):
    """The pixels of a PNG file.

    Attributes:
        values: Grey values or indices, (H, W) uint8 or uint16, or colors (H, W, 3) uint8 RGB. Alpha is left out.
        palette: The colors of an indexed file, (N, 3) uint8 RGB with N up to 256; None for other files.
        largest: The largest value that the file's depth can store.
    """

    values: np.ndarray
    palette: np.ndarray | None
    largest: int


def read_png(path: Path, expected: str) -> StoredPng:
    """Read a PNG file without changing its values. RGB files whose channels are equal are grey.

    Args:
        path: The file. Its suffix does not matter.
        expected: What the file should be, for the message: "a label map".

    Raises:
        PipelineError: see :func:`face_parsing.imaging.pictures.opened`; or the file is no PNG, or has 16 bits a channel
            and colors or alpha, of which Pillow reads only the upper half.
    """
    with opened(path, expected) as image:
        if image.format != "PNG":
            raise PipelineError(f"{path}: {image.format}; expected {expected}")
        layout = str(image.tile[0][3])
        if layout in ("RGB;16B", "RGBA;16B", "LA;16B"):
            raise PipelineError(f"{path}: 16 bits a channel, with colors or alpha; expected {expected}")
        values, mode = np.array(image), image.mode
        palette = _palette(image)
    if mode in ("RGB", "RGBA"):
        values = values[..., :3]
        if (values == values[..., :1]).all():
            values = values[..., 0]
    elif mode == "LA":
        values = values[..., 0]
    elif mode == "1":
        return StoredPng(values.astype(np.uint8), None, 1)
    elif mode.startswith("I"):
        return StoredPng(values.astype(np.uint16), None, 65535)
    step = GREY_STEPS.get(layout, 1)
    return StoredPng(values // step, palette, 255 // step)


def read_palette(path: Path, expected: str) -> np.ndarray | None:
    """The colors of an indexed PNG, (N, 3) uint8 RGB, without its pixels; None for any other image.

    Raises:
        PipelineError: see :func:`face_parsing.imaging.pictures.opened`.
    """
    with opened(path, expected) as image:
        return _palette(image)


def _palette(image: Image) -> np.ndarray | None:
    return np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3) if image.mode == "P" else None
