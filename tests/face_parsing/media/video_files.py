"""Small real videos of every container and kind."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = 64, 48  # pixels
CODECS = {
    "mp4": "libx264",
    "mov": "mpeg4",
    "mkv": "libx264",
    "webm": "libvpx",
    "avi": "mjpeg",
    "flv": "flv1",
    "wmv": "wmv2",
    "ogv": "libvpx",
    "ts": "mpeg2video",
    "mpg": "mpeg1video",
}


def pictures(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """Noisy (H, W, 3) uint8 BGR of so many brightnesses, with a darker quarter at the upper left."""
    width, height = size
    noise = np.random.default_rng(0).integers(20, 45, (height, width, 3), np.uint8)
    noise[height // 2 :] += 80
    noise[:, width // 2 :] += 80
    return [noise + np.uint8(2 * (number % 15)) for number in range(count)]


def write_video(
    path: Path,
    images: Sequence[np.ndarray],
    codec: str | None = None,
    rate: Fraction | float = Fraction(25, 2),
    pixels: str | None = None,
    times: Sequence[int] | None = None,
    aspect: Fraction | None = None,
    sound: float = 0,
    muxer: dict[str, str] | None = None,
    colours: tuple[int, int] | None = None,
) -> Path:
    """Write images, (H, W, 3) uint8 BGR, as a video.

    Args:
        path: The file, whose suffix selects the container.
        images: The frames.
        codec: FFmpeg's encoder; by default the usual one of the container.
        rate: Frames a second.
        pixels: FFmpeg's pixel format; by default the codec's usual one.
        times: The time of each frame in milliseconds, in place of a constant rate.
        aspect: Width of a pixel divided by its height.
        sound: Length of a sound track in seconds.
        muxer: Options of the container.
        colours: FFmpeg's numbers of the colour space and the colour range.
    """
    codec = codec or CODECS[path.suffix[1:]]
    with av.open(str(path), "w", format={".ogv": "ogg"}.get(path.suffix), options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=Fraction(rate).limit_denominator(10**6))
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels or ("yuvj420p" if codec == "mjpeg" else "yuv420p")
        stream.gop_size = 5
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if times:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        if colours:
            stream.codec_context.colorspace, stream.codec_context.color_range = colours
        audio = container.add_stream("mp2" if path.suffix in (".ts", ".mpg") else "ac3", rate=44100) if sound else None
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "bgr24")
            if colours:
                frame = frame.reformat(
                    format=stream.pix_fmt,
                    src_colorspace=colours[0],
                    dst_colorspace=colours[0],
                    dst_color_range=colours[1],
                )
            if times:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if audio:
            samples = np.zeros((1, 1764), np.float32 if audio.codec_context.format.name == "fltp" else np.int16)
            for number in range(round(sound * 25)):
                block = av.AudioFrame.from_ndarray(samples, audio.codec_context.format.name, "mono")
                block.sample_rate, block.pts = 44100, 1764 * number
                container.mux(audio.encode(block))
            container.mux(audio.encode())
    return path


def set_display_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Overwrite the matrix of an MP4 file's first track: (x, y) is shown at (ax + cy, bx + dy)."""
    data = path.read_bytes()
    start = data.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data[:start] + matrix + data[start + len(matrix) :])
