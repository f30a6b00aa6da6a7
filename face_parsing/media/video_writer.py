"""Writes a video file frame by frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import opening_videos, video_length


@contextmanager
def video_file(path: Path, codec: str, rate: float, size: tuple[int, int]) -> Iterator[Callable[[np.ndarray], None]]:
    """Yield a function that appends a frame, (H, W, 3) uint8 BGR, to a video.

    Args:
        path: The file; its suffix selects the container.
        codec: OpenCV's four-letter code.
        rate: Frames a second.
        size: Width and height of the frames in pixels.

    Raises:
        PipelineError: The finished file does not hold all frames.
    """
    with opening_videos():
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), rate, size)
    count = 0

    def append(frame: np.ndarray) -> None:
        nonlocal count
        writer.write(frame)
        count += 1

    try:
        yield append
    finally:
        writer.release()
    # OpenCV reports neither a size that the codec does not support nor a full disk.
    if video_length(path) != count:
        width, height = size
        raise PipelineError(
            f"{path}: not written; expected free disk space and a size that the codec supports, not {width} x {height}"
        )
