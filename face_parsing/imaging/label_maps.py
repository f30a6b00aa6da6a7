"""Reading, checking and writing label maps."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.imaging.pictures import opened


def read_label_map(path: Path) -> np.ndarray:
    """Read a label map as (H, W) uint8 class ids.

    Raises:
        PipelineError: see :func:`opened`; or the file is not an 8-bit PNG with one channel (indexed or grey).
    """
    with opened(path, "a label map, an indexed or grey 8-bit PNG") as image:
        if image.format != "PNG" or image.mode not in ("P", "L"):
            raise PipelineError(f"{path}: {image.format} of mode {image.mode}; expected an indexed or grey 8-bit PNG")
        return np.array(image)


def write_label_map(path: Path, label_map: np.ndarray, labels: LabelTable) -> None:
    """Write an (H, W) uint8 label map as an indexed PNG in the labels' colors, and make its folder if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(label_map, mode="P")
    image.putpalette(labels.palette.tobytes())
    image.save(path, compress_level=1)


def check_size(path: Path, array: np.ndarray, model: Path, like: np.ndarray) -> None:
    """Check that an image or label map has the size of another.

    Args:
        path: The checked array's file, for the message.
        array: (H, W) or (H, W, 3); the array that is checked.
        model: The other array's file, for the message.
        like: The other array.

    Raises:
        PipelineError: the sizes differ.
    """
    (height, width), (expected_height, expected_width) = array.shape[:2], like.shape[:2]
    if (height, width) != (expected_height, expected_width):
        raise PipelineError(
            f"{path}: {width} x {height} pixels; expected {expected_width} x {expected_height} as {model}"
        )


def check_classes(path: Path, label_map: np.ndarray, known: Iterable[int]) -> None:
    """Check that an (H, W) uint8 label map holds only known classes.

    Raises:
        PipelineError: the label map holds another class.
    """
    known = list(known)
    unknown = np.ones(256, np.uint8)
    unknown[known] = 0
    # OpenCV's table lookup is ten times as fast as NumPy's.
    if cv2.countNonZero(cv2.LUT(label_map, unknown)):
        values = np.unique(label_map[unknown[label_map] > 0]).tolist()
        ids = [i for i in known if i != IGNORE_INDEX]
        ignored = f", or {IGNORE_INDEX} to ignore" if IGNORE_INDEX in known else ""
        raise PipelineError(
            f"{path}: unknown class {values[0]}; expected classes from {min(ids)} to {max(ids)}{ignored}"
        )
