"""What a user hands in: an image, a folder of images, or a video, each as frames that can be gone through again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.clips import check_name
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import check_file, check_limit, check_picture
from face_parsing.pipeline.pictures import IMAGE_SUFFIXES, read_image

# Files that hold their frames. FFmpeg reads lists too, which name files elsewhere, and streams, whose length is theirs.
FORMATS = ("asf", "avi", "flv", "matroska", "mov", "mpeg", "mpegts", "ogg")
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"protocol_whitelist;file|format_whitelist;{','.join(FORMATS)}"
# What OpenCV and FFmpeg write of broken files to stderr is told in one line here.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.setLogLevel(0)
HIGHEST_RATE = 1000.0  # frames a second; what is above is no rate


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
        return _decoded(self.path, self.size)


def name_of(path: Path) -> str:
    """The name of an input's results: a folder's own, a file's without its suffix."""
    whole = Path(os.path.abspath(path))  # of "." and "..", which resolve() would follow links for
    return whole.name if whole.is_dir() else whole.stem


def open_footage(path: Path) -> tuple[Images | Video, list[UserError]]:
    """An image, a folder of images, or a video; and the faults of those images of a folder that are left out.

    Raises:
        UserError: there is nothing at the path, no readable image in the folder, two images of one name, or the file is
            neither an image nor a video that OpenCV reads to the end.
    """
    if path.is_dir():
        return _open_folder(path)
    check_file(path, "an image, a folder of images or a video", "video_bytes")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        read_image(path)
        return Images(name_of(path), (path,)), []
    return _open_video(path), []


def _open_folder(path: Path) -> tuple[Images, list[UserError]]:
    paths = sorted(p for p in path.glob("[!.]*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise UserError(f"{path}: no images; expected {', '.join(IMAGE_SUFFIXES)} files")
    check_limit(path, len(paths), "images", "frames")
    for one, other in pairwise(paths):
        if one.stem == other.stem:
            raise UserError(f"{other}: {one.name} has the same name; expected each once")
    readable, faults = [], []
    for file in paths:
        try:
            check_name(file, file.stem)
            read_image(file)
            readable.append(file)
        except UserError as fault:
            faults.append(fault)
    if not readable:
        raise UserError(f"{path}: none of its {len(paths)} images is readable; expected JPEG or PNG")
    return Images(name_of(path), tuple(readable)), faults


def _open_video(path: Path) -> Video:
    with _capture(path) as capture:
        told = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        size = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = capture.get(cv2.CAP_PROP_FPS)
        opened = capture.isOpened()
    if opened:
        check_picture(path, *size)
        check_limit(path, round(told), "frames", "frames")
    length = 0
    # The header's number of frames is a guess in some formats, and wrong where the file was cut off.
    for length, _ in enumerate(_decoded(path, size), 1):
        check_limit(path, length, "frames", "frames")
    if not length:
        raise UserError(f"{path}: neither an image nor a video that OpenCV reads")
    if length < told - 1:
        raise UserError(f"{path}: breaks off after {length} of {told:.0f} frames; expected a whole video")
    return Video(name_of(path), path, length, size, rate if 0 < rate <= HIGHEST_RATE else 25.0)


def _decoded(path: Path, size: tuple[int, int]) -> Iterator[np.ndarray]:
    with _capture(path) as capture:
        while True:
            there, frame = capture.read()
            if not there:
                return
            if frame.shape[1::-1] != size:
                given = f"{frame.shape[1]} x {frame.shape[0]}"
                raise UserError(f"{path}: a frame of {given} pixels; expected {size[0]} x {size[1]} as its header says")
            yield frame


def video_length(path: Path) -> int:
    """How many frames a video's header tells of; 0 where OpenCV can't open it."""
    with _capture(path) as capture:
        return round(capture.get(cv2.CAP_PROP_FRAME_COUNT))


@contextmanager
def _capture(path: Path) -> Iterator[cv2.VideoCapture]:
    # A whole path, in which nothing is taken for a protocol.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        yield capture
    finally:
        capture.release()
