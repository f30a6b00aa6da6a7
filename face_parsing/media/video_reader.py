"""Decodes a video file by FFmpeg, as a player shows it. No other module opens video files."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideData
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_limit, check_picture, limits
from face_parsing.media.truncation import is_truncated

# Formats that contain their frames. FFmpeg also reads lists of other files and endless streams.
FORMATS = ("asf", "avi", "flv", "matroska", "mov", "mpeg", "mpegts", "ogg")
OPENING = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
HIGHEST_RATE = 1000.0  # frames a second; higher values are invalid
DEFAULT_RATE = 25.0  # frames a second, of a video whose file names neither times nor a valid rate
ROUNDING = 2  # ticks of a stream's clock by which times may differ from those of a constant rate
SQUARE = Fraction(1, 100)  # pixels that are wider or higher by less count as square, since writers round
# Covers, previews, and photographs of phones (HEIC), which FFmpeg gives as tiles.
PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image | Disposition.dependent


class Scan(NamedTuple):
    """What only decoding a video tells.

    Attributes:
        length: Number of frames.
        size: (width, height) of the shown frames in pixels.
        rate: Mean number of frames a second, by the frames' times.
    """

    length: int
    size: tuple[int, int]
    rate: float


def scan(path: Path) -> Scan:
    """Decode a video to its end.

    Raises:
        PipelineError: The file is no video, truncated, damaged or beyond a limit, or its frames differ in size.
    """
    if is_truncated(path):
        raise PipelineError(f"{path}: truncated; expected a whole video")
    length, size = 0, (0, 0)
    times: list[int] = []  # the first and the last
    try:
        with _opened(path) as (container, stream):
            for length, frame in enumerate(_decoded(path, container, stream), 1):
                check_limit(path, length, "frames", "frames")
                if length == 1:
                    size = _shown_size(frame, stream)
                    check_picture(path, *size)
                    _Converter(stream)(frame)  # FFmpeg decodes some formats that it can't convert
                elif (found := _shown_size(frame, stream)) != size:
                    raise PipelineError(
                        f"{path}: a frame of {found[0]} x {found[1]} pixels; expected {size[0]} x {size[1]} as before"
                    )
                time = frame.dts if frame.pts is None else frame.pts
                if time is not None:
                    times = [min([*times, time]), max([*times, time])]
            rate = _rate(length, times[-1] - times[0] if times else 0, stream)
    except av.FFmpegError:
        length = 0
    if not length:
        raise PipelineError(f"{path}: neither an image nor a video that FFmpeg reads")
    return Scan(length, size, rate)


def frames(path: Path) -> Iterator[np.ndarray]:
    """The frames of a video, (H, W, 3) uint8 BGR, decoded one at a time.

    Raises:
        PipelineError: The file is damaged.
    """
    with _opened(path) as (container, stream):
        convert = _Converter(stream)
        for frame in _decoded(path, container, stream):
            yield convert(frame)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield a file and the stream that a player shows."""
    # FFmpeg takes no part of an absolute path for a protocol.
    name, options = str(path.resolve()), {"max_pixels": str(limits().pixels)}
    with av.open(name, options=options, container_options=OPENING, metadata_errors="replace") as container:
        streams = [stream for stream in container.streams.video if not stream.disposition & PICTURES]
        if not streams:
            raise PipelineError(f"{path}: neither an image nor a video that FFmpeg reads")
        stream = max(streams, key=lambda stream: bool(stream.disposition & Disposition.default))
        if stream.codec_context is None:
            raise PipelineError(f"{path}: an unknown codec; expected a video that FFmpeg reads")
        if stream.width and stream.height:
            check_picture(path, stream.width, stream.height)
        check_limit(path, stream.frames, "frames", "frames")
        stream.codec_context.options = options
        stream.thread_type = "AUTO"
        yield container, stream


def _decoded(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames of a stream.

    Raises:
        PipelineError: Packets after the first frame are not decodable. A recording may start with such packets.
    """
    started, lost = False, 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            decoded = packet.decode() if _is_decodable(packet) else []
        except av.FFmpegError:
            lost += started
            continue
        started = started or bool(decoded)
        yield from decoded
    if lost:
        raise PipelineError(f"{path}: damaged, {lost} packets are not decodable; expected a whole video")


def _is_decodable(packet: Packet) -> bool:
    """Whether a packet holds a frame or ends the stream. AVI files have empty packets for frames that they repeat."""
    return packet.size > 0 or packet.dts is None


def _rate(length: int, span: int, stream: VideoStream) -> float:
    """The rate that the file names if it fits the frames' times, and their mean rate otherwise.

    Args:
        length: Number of frames.
        span: Time from the first frame to the last, in ticks of the stream's clock.
        stream: The stream.
    """
    named = stream.average_rate or stream.guessed_rate or Fraction(0)
    clock, intervals = stream.time_base or Fraction(0), length - 1
    # The clock rounds times, so that the named rate is more exact.
    is_named = named > 0 and abs(intervals / named - span * clock) <= ROUNDING * clock
    rate = named if is_named or intervals == 0 or span * clock == 0 else intervals / (span * clock)
    return float(rate) if 0 < rate <= HIGHEST_RATE else DEFAULT_RATE


class _Converter:
    """Converts decoded frames to (H, W, 3) uint8 BGR, as a player shows them, by their colour space and range."""

    def __init__(self, stream: VideoStream):
        self.stream = stream
        self.reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> np.ndarray:
        width, height = _square_size(frame, self.stream)
        converted = self.reformatter.reformat(frame, width, height, "bgr24", interpolation="BICUBIC", threads=1)
        image = converted.to_ndarray()
        swapped, mirrored, flipped = _orientation(frame)
        if swapped:
            image = image.transpose(1, 0, 2)
        return np.ascontiguousarray(image[:: -1 if flipped else 1, :: -1 if mirrored else 1])


def _shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """(width, height) of a shown frame in pixels."""
    width, height = _square_size(frame, stream)
    return (height, width) if _orientation(frame)[0] else (width, height)


def _square_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """(width, height) of a stored frame in square pixels. One side grows, none shrinks."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    if ratio <= 0 or abs(ratio - 1) < SQUARE:
        return frame.width, frame.height
    return (round(frame.width * ratio), frame.height) if ratio > 1 else (frame.width, round(frame.height / ratio))


def _orientation(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """Whether a player swaps a frame's sides, then mirrors it left to right, then flips it upside down.

    The display matrix takes (x, y) to (ax + cy, bx + dy). A turn by other than quarters counts as the nearest.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    swapped = abs(a) + abs(d) < abs(b) + abs(c)
    return (True, c < 0, b < 0) if swapped else (False, a < 0, d < 0)
