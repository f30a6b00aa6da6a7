"""A user's image, folder of images or video, as frames that can be read several times."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from face_parsing.clips.layout import check_name
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_file, check_limit, check_picture
from face_parsing.imaging.pictures import IMAGE_SUFFIXES, read_image

# Formats that contain their frames. FFmpeg also reads lists of other files and endless streams.
FORMATS = ("asf", "avi", "flv", "matroska", "mov", "mpeg", "mpegts", "ogg")
# OpenCV reads these options only from the environment, when it opens a video.
OPENING = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": f"protocol_whitelist;file|format_whitelist;{','.join(FORMATS)}",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",  # a broken file is reported in one line here, not on stderr
}
_opening = Lock()
HIGHEST_RATE = 1000.0  # frames a second; higher values are invalid


@dataclass(frozen=True)
class Images:
    """A clip whose frames are image files."""

    name: str
    paths: tuple[Path, ...]

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
    """A video file that OpenCV reads; ``size`` is (width, height) in pixels, ``rate`` is in frames a second."""

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
        return _decoded(self.path, self.size)


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
            neither an image nor a video that OpenCV reads to the end.
    """
    if path.is_dir():
        return _open_folder(path)
    check_file(path, "an image, a folder of images or a video", "video_bytes")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        read_image(path)
        return Images(name_of(path), (path,)), []
    return _open_video(path), []


def _open_folder(path: Path) -> tuple[Images, list[PipelineError]]:
    paths = sorted(p for p in path.glob("[!.]*") if p.suffix.lower() in IMAGE_SUFFIXES)
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
    return Images(name_of(path), tuple(readable)), errors


def _open_video(path: Path) -> Video:
    with _capture(path) as capture:
        frame_count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        size = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = capture.get(cv2.CAP_PROP_FPS)
        opened = capture.isOpened()
    if opened:
        check_picture(path, *size)
        check_limit(path, round(frame_count), "frames", "frames")
    length = 0
    # Some formats only estimate the number of frames, and truncated files have fewer than their header says.
    for length, _ in enumerate(_decoded(path, size), 1):
        check_limit(path, length, "frames", "frames")
    if not length:
        raise PipelineError(f"{path}: neither an image nor a video that OpenCV reads")
    if length < frame_count - 1:
        raise PipelineError(f"{path}: truncated after {length} of {frame_count:.0f} frames; expected a whole video")
    return Video(name_of(path), path, length, size, rate if 0 < rate <= HIGHEST_RATE else 25.0)


def _decoded(path: Path, size: tuple[int, int]) -> Iterator[np.ndarray]:
    with _capture(path) as capture:
        while True:
            decoded, frame = capture.read()
            if not decoded:
                return
            if frame.shape[1::-1] != size:
                found = f"{frame.shape[1]} x {frame.shape[0]}"
                raise PipelineError(
                    f"{path}: a frame of {found} pixels; expected {size[0]} x {size[1]} as its header says"
                )
            yield frame


def video_length(path: Path) -> int:
    """Number of frames in a video's header; 0 if OpenCV can't open the file."""
    with _capture(path) as capture:
        return round(capture.get(cv2.CAP_PROP_FRAME_COUNT))


@contextmanager
def opening_videos() -> Iterator[None]:
    """Open videos by OPENING within the block, and leave the process's environment and log level as they were.

    FFmpeg keeps the log level of the process's first video.
    """
    with _opening:
        environment, level = {name: os.environ.get(name) for name in OPENING}, cv2.getLogLevel()
        os.environ.update(OPENING)
        cv2.setLogLevel(0)
        try:
            yield
        finally:
            cv2.setLogLevel(level)
            for name, value in environment.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


@contextmanager
def _capture(path: Path) -> Iterator[cv2.VideoCapture]:
    with opening_videos():
        # FFmpeg takes no part of an absolute path for a protocol.
        capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        yield capture
    finally:
        capture.release()
