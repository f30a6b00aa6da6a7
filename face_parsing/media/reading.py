"""A user's image, folder of images or video, as frames that can be read several times."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from face_parsing.clips.layout import check_name
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_file, check_limit
from face_parsing.core.natural_order import natural_key
from face_parsing.imaging.pictures import IMAGE_SUFFIXES, is_image, read_image
from face_parsing.media import video_reader


@dataclass(frozen=True)
class Images:
    """A clip whose frames are image files. ``others`` are the files of its folder that are no images."""

    name: str
    paths: tuple[Path, ...]
    others: tuple[Path, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def frame_names(self) -> Iterator[str]:
        """Names of the files without suffix."""
        return (path.stem for path in self.paths)

    def frames(self) -> Iterator[np.ndarray]:
        """The frames, (H, W, 3) uint8 BGR, read one at a time."""
        return map(read_image, self.paths)


@dataclass(frozen=True)
class Video:
    """A video file, as a player shows it: upright, not mirrored, with square pixels.

    ``size`` is (width, height) in pixels. ``rate`` is the mean number of frames a second.
    """

    name: str
    path: Path
    length: int
    size: tuple[int, int]
    rate: float

    def __len__(self) -> int:
        return self.length

    @property
    def frame_names(self) -> Iterator[str]:
        """Numbers of five digits from 00000."""
        return (f"{number:05d}" for number in range(self.length))

    def frames(self) -> Iterator[np.ndarray]:
        """The frames, (H, W, 3) uint8 BGR, decoded one at a time."""
        return video_reader.frames(self.path)


def name_of(path: Path) -> str:
    """The name of an input's results: a folder's name, or a file's name without suffix."""
    whole = Path(os.path.abspath(path))  # for "." and ".."; resolve() would follow links
    return whole.name if whole.is_dir() else whole.stem


def open_media(path: Path) -> tuple[Images | Video, list[PipelineError]]:
    """Open an image, a folder of images, or a video.

    Returns:
        The frames, and an error for each image of a folder that is skipped.

    Raises:
        PipelineError: The path is missing, the folder has no readable image or two images of one name, or the file is
            neither an image nor a whole video that FFmpeg reads.
    """
    if path.is_dir():
        return _open_folder(path)
    check_file(path, "an image, a folder of images or a video", "video_bytes")
    if is_image(path):
        read_image(path)
        return Images(name_of(path), (path,)), []
    scan = video_reader.scan(path)
    return Video(name_of(path), path, scan.length, scan.size, scan.rate), []


def _open_folder(path: Path) -> tuple[Images, list[PipelineError]]:
    paths = sorted((p for p in path.glob("[!.]*") if is_image(p)), key=lambda p: (natural_key(p.stem), p.name))
    if not paths:
        raise PipelineError(f"{path}: no images; expected {', '.join(IMAGE_SUFFIXES)} files")
    check_limit(path, len(paths), "images", "frames")
    for file, following in pairwise(paths):
        if file.stem == following.stem:
            raise PipelineError(f"{following}: {file.name} has the same name; expected each once")
    readable, errors = [], []
    for file in paths:
        try:
            check_name(file, file.stem)
            read_image(file)
            readable.append(file)
        except PipelineError as error:
            errors.append(error)
    if not readable:
        raise PipelineError(f"{path}: none of its {len(paths)} images is readable; expected images")
    images = set(paths)
    others = tuple(p for p in sorted(path.glob("[!.]*")) if p not in images and not p.is_dir())
    return Images(name_of(path), tuple(readable), others), errors
