"""How a video's file is written, frame by frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.entry import UserError
from face_parsing.sources.footage import video_length


@contextmanager
def video_file(path: Path, codec: str, rate: float, size: tuple[int, int]) -> Iterator[Callable[[np.ndarray], None]]:
    """Yield a function that appends a frame, (H, W, 3) uint8 BGR, to a video.

    Args:
        path: the file, whose suffix tells the container.
        codec: four letters, as OpenCV takes them.
        rate: frames a second.
        size: the frames' width and height in pixels.

    Raises:
        UserError: the file does not hold all frames in the end.
    """
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
    # OpenCV tells nothing of a codec that does not take the size, or of a full disk.
    if video_length(path) != count:
        width, height = size
        raise UserError(f"{path}: not written; expected room, and a size that the codec takes, not {width} x {height}")
