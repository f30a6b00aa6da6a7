"""What an input may ask of this machine at most: checked before memory is taken, and told in one line.

Limits belong to the machine, not to an experiment, so the environment sets them: FACE_PARSING_MAX_PIXELS=400000000, for
one. No stage runs again because of them. docs/limits.md lists them all.
"""

import os
import stat
from dataclasses import dataclass, fields
from pathlib import Path

from face_parsing.pipeline.entry import UserError

PREFIX = "FACE_PARSING_MAX_"


@dataclass(frozen=True)
class Limits:
    """The most that is read. A field's name in capitals after ``FACE_PARSING_MAX_`` is its environment variable.

    Attributes:
        pixels: Of a picture, label map or frame of a video.
        side: Of the same, in pixels; an overlay is a JPEG file, which has no longer sides.
        side_ratio: Of the same, the longer side by the shorter one.
        scans: Of a JPEG file; each takes as long as a whole decoding, and costs a few bytes.
        frames: Of a video, or images of a folder.
        bytes: Of a file that is read at once: a picture, table, list, or YAML, JSON or .npz file.
        video_bytes: Of a video's file.
        model_bytes: Of a model's file, checkpoint or ONNX, as it is and unpacked.
        yaml_depth: Of lists and maps within each other.
        yaml_values: Of a YAML file, aliases counted as what they stand for.
    """

    pixels: int = 2**27
    side: int = 65_500
    side_ratio: int = 20_000
    scans: int = 500
    frames: int = 100_000
    bytes: int = 2**28
    video_bytes: int = 2**34
    model_bytes: int = 2**32
    yaml_depth: int = 32
    yaml_values: int = 100_000


def limits() -> Limits:
    """The limits as the environment has them now.

    Raises:
        UserError: a variable holds no whole number above 0.
    """
    return Limits(
        **{field.name: _from_environment(field.name, getattr(Limits, field.name)) for field in fields(Limits)}
    )


def check_limit(path: object, value: int, what: str, name: str) -> None:
    """Check a value against the limit called ``name``; ``what`` is its unit.

    Raises:
        UserError: it is above.
    """
    most = _from_environment(name, getattr(Limits, name))
    if value > most:
        raise UserError(f"{path}: {value} {what}; expected {most} at most ({PREFIX}{name.upper()})")


def check_picture(path: object, width: int, height: int) -> None:
    """Check the sides of a picture, label map or frame, in pixels.

    Raises:
        UserError: a side is 0, or above its limit, or their product or ratio is.
    """
    size = f"{width} x {height}"
    shorter, longer = sorted((width, height))
    if shorter < 1:
        raise UserError(f"{path}: {size} pixels; expected a picture of one pixel or more")
    for name, value in (("pixels", width * height), ("side", longer), ("side_ratio", -(-longer // shorter))):
        most = getattr(limits(), name)
        if value > most:
            named = {"pixels": "pixels", "side": "pixels a side", "side_ratio": "to 1 for its sides"}[name]
            raise UserError(f"{path}: {size} pixels; expected {most} {named} at most ({PREFIX}{name.upper()})")


def read_bytes(path: Path, expected: str, limit: str = "bytes") -> bytes:
    """A file's contents.

    Args:
        path: The file.
        expected: What it should be, for the message: "an image".
        limit: Which of the limits bounds its size.

    Raises:
        UserError: it is missing, no file that can be read, or too large.
    """
    check_file(path, expected, limit)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: can't be read ({error.strerror}); expected {expected}") from None


def check_file(path: Path, expected: str, limit: str) -> None:
    """Check a file's size, without reading it; the arguments and faults are those of :func:`read_bytes`."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a ValueError where the name holds a NUL
        raise UserError(f"{path}: missing; expected {expected}") from None
    # A pipe would be waited for, and a device has no end.
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path}: no file; expected {expected}")
    check_limit(path, status.st_size, "bytes", limit)


def _from_environment(name: str, default: int) -> int:
    variable = f"{PREFIX}{name.upper()}"
    text = os.environ.get(variable, str(default))
    if not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise UserError(f"{variable}: {text!r}; expected a whole number above 0")
    return int(text)
