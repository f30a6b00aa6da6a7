"""Writes a video file frame by frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame

from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file, not_written

Codec = Literal["mpeg4", "libvpx"]
OPTIONS: dict[Codec, dict[str, str]] = {"mpeg4": {}, "libvpx": {"deadline": "realtime", "cpu-used": "4"}}
CLOCK = 2**16 - 1  # ticks a second at most, which MPEG-4 holds in 16 bits
KEY_FRAMES = 12  # frames from one key frame to the next
FINEST = 3  # quantizer at least
BITS = 64  # a pixel, more than the finest quantizer needs


@contextmanager
def video_file(path: Path, codec: Codec, rate: float, size: tuple[int, int]) -> Iterator[Callable[[np.ndarray], None]]:
    """Yield a function that appends a frame, (H, W, 3) uint8 BGR, to a video.

    The file appears when the block ends without an error.

    Args:
        path: The file; its suffix selects the container.
        codec: MPEG-4 or VP8.
        rate: Frames a second, above 0.
        size: Width and height of the frames in pixels.

    Raises:
        PipelineError: The codec does not support the size, or the file can't be written.
    """
    width, height = size
    # A frame's duration, and not the rate, is rounded to what the codec holds.
    duration = Fraction(1 / rate).limit_denominator(CLOCK)
    with atomic_file(path) as partial, _container(path, partial) as container:
        with _errors(path):
            stream = container.add_stream(codec, rate=1 / duration, options=OPTIONS[codec])
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.gop_size = KEY_FRAMES
            stream.codec_context.qmin = FINEST
            stream.bit_rate = min(round(BITS * rate * width * height), 2**30)
        try:
            stream.codec_context.open()
        except (av.FFmpegError, ValueError):
            raise PipelineError(
                f"{path}: not written; expected a size that {codec} supports, not {width} x {height}"
            ) from None
        appended = written = 0

        def write(image: np.ndarray | None) -> None:
            nonlocal written
            with _errors(path):
                packets = stream.encode(None if image is None else VideoFrame.from_ndarray(image, "bgr24"))
                container.mux(packets)
            written += len(packets)

        def append(image: np.ndarray) -> None:
            nonlocal appended
            write(image)
            appended += 1

        yield append
        write(None)
        if written < appended:
            raise PipelineError(f"{path}: not written; {codec} holds {written} of {appended} frames at {rate:g} fps")


@contextmanager
def _container(path: Path, partial: Path) -> Iterator[OutputContainer]:
    with _errors(path):
        container = av.open(str(partial.absolute()), "w")
    try:
        yield container
    except BaseException:
        with suppress(av.FFmpegError):
            container.close()
        raise
    with _errors(path):
        container.close()


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise not_written(path, OSError(error.errno, error.strerror)) from error
