"""Folders of label maps that belong together: annotations, predictions, results; each <clip>/<frame>.png."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import IGNORE_INDEX
from face_parsing.pipeline.pictures import read_label_map


def list_clips(folder: Path) -> list[str]:
    """The names of a folder's clips, sorted.

    Raises:
        UserError: the folder is missing or holds none.
    """
    clips = sorted(path.name for path in Path(folder).glob("[!.]*") if path.is_dir())
    if not clips:
        raise UserError(f"{folder}: no clips; expected <clip>/<frame>.png")
    return clips


def list_frames(folders: Sequence[Path], clip: str) -> list[str]:
    """The names of a clip's frames, sorted; every folder must hold the same.

    Raises:
        UserError: no folder has a frame, or one lacks a frame that another has.
    """
    frames = [{path.stem for path in (Path(folder) / clip).glob("[!.]*.png")} for folder in folders]
    union = sorted(set.union(*frames))
    if not union:
        raise UserError(f"{Path(folders[0]) / clip}: no label maps; expected <frame>.png")
    for folder, own in zip(folders, frames, strict=True):
        missing = [frame for frame in union if frame not in own]
        if missing:
            other = next(f for f, names in zip(folders, frames, strict=True) if missing[0] in names)
            file = f"{clip}/{missing[0]}.png"
            raise UserError(f"{Path(folder) / file}: missing; expected a label map, for {Path(other) / file} is there")
    return union


def read_alike(paths: Sequence[Path]) -> list[np.ndarray]:
    """Label maps of the same frame, (H, W) uint8 each.

    Raises:
        UserError: a file is no label map (see :func:`face_parsing.pipeline.clips.read_label_map`), or not as large as
            the first.
    """
    label_maps = [read_label_map(path) for path in paths]
    for path, label_map in zip(paths, label_maps, strict=True):
        check_size(path, label_map, paths[0], label_maps[0])
    return label_maps


def check_size(path: Path, array: np.ndarray, model: Path, like: np.ndarray) -> None:
    """Check that an image or label map is as large as another.

    Raises:
        UserError: it is not.
    """
    (height, width), (right_height, right_width) = array.shape[:2], like.shape[:2]
    if (height, width) != (right_height, right_width):
        raise UserError(f"{path}: {width} x {height} pixels; expected {right_width} x {right_height} as {model}")


def check_classes(path: Path, label_map: np.ndarray, known: Iterable[int]) -> None:
    """Check that a label map holds known classes only.

    Raises:
        UserError: it holds another.
    """
    known = list(known)
    unknown = np.ones(256, np.uint8)
    unknown[known] = 0
    # OpenCV's look-up is ten times as fast as NumPy's.
    if cv2.countNonZero(cv2.LUT(label_map, unknown)):
        values = np.unique(label_map[unknown[label_map] > 0]).tolist()
        ids = [i for i in known if i != IGNORE_INDEX]
        ignored = f", or {IGNORE_INDEX} to ignore" if IGNORE_INDEX in known else ""
        raise UserError(f"{path}: unknown class {values[0]}; expected classes from {min(ids)} to {max(ids)}{ignored}")
