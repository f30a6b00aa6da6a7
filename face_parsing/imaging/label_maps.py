"""Reading, checking and writing label maps."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.imaging.png import read_palette, read_png

EXPECTED = "a label map, an indexed or grey PNG of class ids up to 255"
COMMON = ((0, 0, 0), (255, 255, 255))  # colors that most palettes have


def read_label_map(path: Path, labels: LabelTable | None = None) -> np.ndarray:
    """Read a label map as (H, W) uint8 class ids.

    Grey files of any depth hold ids. So do indexed files, unless their colors say otherwise: a program that removes
    unused colors from a palette renumbers the indices. Then the colors of ``labels`` give the ids. They also give those
    of RGB files.

    Args:
        path: A PNG file.
        labels: The label table; without it indices are ids, and RGB files are refused.

    Raises:
        PipelineError: see :func:`read_png`; or a value is above 255, a color is not in the label table, or a palette
            has some of its colors, but others too.
    """
    stored = read_png(path, EXPECTED)
    if stored.values.ndim == 3:
        if labels is None:
            raise PipelineError(f"{path}: colors; expected {EXPECTED}")
        return _ids_of_colors(path, stored.values, labels)
    if stored.values.dtype != np.uint8 and stored.values.max(initial=0) > 255:
        raise PipelineError(f"{path}: value {stored.values.max()}; expected {EXPECTED}")
    label_map = stored.values.astype(np.uint8)
    if stored.palette is None or labels is None or _starts_alike(stored.palette, labels.palette):
        return label_map
    return _ids_of_indices(path, label_map, stored.palette, labels)


def _starts_alike(palette: np.ndarray, others: np.ndarray) -> bool:
    return bool((palette == others[: len(palette)]).all())


def _ids_of_indices(path: Path, indices: np.ndarray, palette: np.ndarray, labels: LabelTable) -> np.ndarray:
    """Map the (H, W) indices of a palette to ids by the label table's colors, where the palette has these.

    A palette is foreign, and its indices are ids, if none of its used colors is in the table. Black and white do not
    count: most palettes have them.
    """
    used = np.flatnonzero(np.bincount(indices.reshape(-1), minlength=256))
    ids, colors = _ids_by_color(labels), [tuple(map(int, palette[i])) if i < len(palette) else None for i in used]
    if not any(color in ids and color not in COMMON for color in colors):
        return indices
    lookup = np.arange(256, dtype=np.uint8)
    for index, color in zip(used, colors, strict=True):
        candidates = ids.get(color, []) if color else []
        if candidates and index not in candidates:
            lookup[index] = candidates[0]
    if (lookup[used] == used).all():
        return indices
    unknown = [int(index) for index, color in zip(used, colors, strict=True) if color not in ids]
    repeated = [labels.names[labels.ids.index(ids[c][0])] for c in colors if c in ids and len(ids[c]) > 1]
    if unknown or repeated:
        reason = f"index {unknown[0]} has a color of no class" if unknown else f"{repeated[0]}'s color is another's too"
        raise PipelineError(
            f"{path}: its palette has colors of the label table at other indices, but {reason}; "
            "expected the ids as indices, or every color from the label table"
        )
    return lookup[indices]


def _ids_of_colors(path: Path, image: np.ndarray, labels: LabelTable) -> np.ndarray:
    """Map an (H, W, 3) uint8 RGB image to ids by the label table's colors."""
    ids = _ids_by_color(labels)
    packed = image.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    values, inverse = np.unique(packed, return_inverse=True)
    lookup = np.zeros(len(values), np.uint8)
    for position, value in enumerate(values.tolist()):
        color = (value >> 16, value >> 8 & 255, value & 255)
        if len(ids.get(color, [])) != 1:
            raise PipelineError(f"{path}: color {list(color)} of no class or of several; expected {EXPECTED}")
        lookup[position] = ids[color][0]
    return lookup[inverse].reshape(packed.shape)


def _ids_by_color(labels: LabelTable) -> dict[tuple[int, ...] | None, list[int]]:
    """The ids of each RGB color, lowest first; white is the ignore index."""
    ids: dict[tuple[int, ...] | None, list[int]] = {}
    for label in labels.labels:
        ids.setdefault(label.color, []).append(label.id)
    ids.setdefault((255, 255, 255), []).append(IGNORE_INDEX)
    return ids


def indices_of_colors(path: Path, labels: LabelTable | None = None) -> dict[tuple[int, ...], int]:
    """The index of each color that an indexed PNG uses, without black and white.

    Args:
        path: A label map. Files that are not indexed have no colors.
        labels: A label table. Files with its palette have no colors here, since their indices are ids.

    Raises:
        PipelineError: see :func:`read_png`.
    """
    palette = read_palette(path, EXPECTED)
    if palette is None or (labels is not None and _starts_alike(palette, labels.palette)):
        return {}
    used = [index for index in np.unique(read_png(path, EXPECTED).values).tolist() if index < len(palette)]
    colors = {tuple(map(int, palette[index])): index for index in used}
    return {color: index for color, index in colors.items() if color not in COMMON}


def check_same_colors(path: Path, model: Path) -> None:
    """Check that no color stands for different ids in two label maps, where no label table says what it stands for.

    Args:
        path: The checked label map's file.
        model: The other label map's file.

    Raises:
        PipelineError: see :func:`read_png`; or two palettes have a color at different indices.
    """
    expected = indices_of_colors(model)
    for color, index in indices_of_colors(path).items():
        if expected.get(color, index) != index:
            raise PipelineError(
                f"{path}: color {list(color)} has index {index}; expected {expected[color]} as in {model}, or a label "
                "table, whose colors give the ids"
            )


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
