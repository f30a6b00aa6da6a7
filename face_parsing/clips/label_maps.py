"""Parallel folders of label maps <clip>/<frame>.png: annotations, predictions and results."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.natural_order import natural_key
from face_parsing.imaging.label_maps import check_size, read_label_map


def list_clips(folder: Path) -> list[str]:
    """The names of a folder's clips, sorted.

    Raises:
        PipelineError: the folder is missing or holds no clips.
    """
    clips = sorted(path.name for path in Path(folder).glob("[!.]*") if path.is_dir())
    if not clips:
        raise PipelineError(f"{folder}: no clips; expected <clip>/<frame>.png")
    return clips


def list_frames(folders: Sequence[Path], clip: str) -> list[str]:
    """The names of a clip's frames, in natural order. All folders must hold the same frames.

    Raises:
        PipelineError: no folder has a frame of the clip, or a folder lacks a frame that another has.
    """
    frames = [{path.stem for path in (Path(folder) / clip).glob("[!.]*.png")} for folder in folders]
    union = sorted(set.union(*frames), key=natural_key)
    if not union:
        raise PipelineError(f"{Path(folders[0]) / clip}: no label maps; expected <frame>.png")
    for folder, folder_frames in zip(folders, frames, strict=True):
        missing = [frame for frame in union if frame not in folder_frames]
        if missing:
            other = next(f for f, names in zip(folders, frames, strict=True) if missing[0] in names)
            file = f"{clip}/{missing[0]}.png"
            raise PipelineError(
                f"{Path(folder) / file}: missing; expected a label map, since {Path(other) / file} exists"
            )
    return union


def read_alike(paths: Sequence[Path], labels: LabelTable | None = None) -> list[np.ndarray]:
    """Read label maps of the same frame, (H, W) uint8 each.

    Args:
        paths: Their files.
        labels: The label table, whose colors give the ids of renumbered palettes.

    Raises:
        PipelineError: a file is no label map (see :func:`face_parsing.imaging.label_maps.read_label_map`), or its size
            differs from the first one's.
    """
    label_maps = [read_label_map(path, labels) for path in paths]
    for path, label_map in zip(paths, label_maps, strict=True):
        check_size(path, label_map, paths[0], label_maps[0])
    return label_maps
