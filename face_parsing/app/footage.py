"""What a user hands in: an image, a folder of images, or a video, each as frames that can be gone through again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.clips import IMAGE_SUFFIXES, read_image
from face_parsing.pipeline.entry import UserError


@dataclass(frozen=True)
class Images:
    """Image files, the frames of a clip."""

    name: str
    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def frame_names(self) -> Iterator[str]:
        """The files' names without suffix."""
        return (path.stem for path in self.paths)

    def frames(self) -> Iterator[np.ndarray]:
        """The frames, (H, W, 3) uint8 BGR, read one at a time."""
        return map(read_image, self.paths)


@dataclass(frozen=True)
class Video:
    """A video file that OpenCV reads; ``size`` is (width, height), ``rate`` frames a second."""

    name: str
    path: Path
    length: int
    size: tuple[int, int]
    rate: float

    def __len__(self) -> int:
        return self.length

    @property
    def frame_names(self) -> Iterator[str]:
        """Numbers from 00000."""
        return (f"{number:05d}" for number in range(self.length))

    def frames(self) -> Iterator[np.ndarray]:
        """The frames, (H, W, 3) uint8 BGR, decoded one at a time."""
        return _decoded(self.path)


def open_footage(path: Path) -> tuple[Images | Video, list[UserError]]:
    """An image, a folder of images, or a video; and the faults of those images of a folder that are left out.

    Raises:
        UserError: there is nothing at the path, no readable image in the folder, two images of one name, or the file is
            neither an image nor a video that OpenCV reads to the end.
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise UserError(f"{path}: missing; expected an image, a folder of images or a video")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        read_image(path)
        return Images(path.stem, (path,)), []
    return _open_video(path), []


def _open_folder(path: Path) -> tuple[Images, list[UserError]]:
    paths = sorted(p for p in path.glob("[!.]*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise UserError(f"{path}: no images; expected {', '.join(IMAGE_SUFFIXES)} files")
    for one, other in pairwise(paths):
        if one.stem == other.stem:
            raise UserError(f"{other}: {one.name} has the same name; expected each once")
    readable, faults = [], []
    for file in paths:
        try:
            read_image(file)
            readable.append(file)
        except UserError as fault:
            faults.append(fault)
    if not readable:
        raise UserError(f"{path}: none of its {len(paths)} images is readable; expected JPEG or PNG")
    return Images(path.resolve().name, tuple(readable)), faults


def _open_video(path: Path) -> Video:
    capture = cv2.VideoCapture(str(path))
    try:
        told = round(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        size = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = capture.get(cv2.CAP_PROP_FPS)
    finally:
        capture.release()
    # The header's number of frames is a guess in some formats, and wrong where the file was cut off.
    length = sum(1 for _ in _decoded(path))
    if not length:
        raise UserError(f"{path}: neither an image nor a video that OpenCV reads")
    if length < told - 1:
        raise UserError(f"{path}: breaks off after {length} of {told} frames; expected a whole video")
    return Video(path.stem, path, length, size, rate if rate > 0 else 25.0)


def _decoded(path: Path) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield frame
    finally:
        capture.release()
