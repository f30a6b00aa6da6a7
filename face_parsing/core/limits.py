"""Upper limits on inputs. They are checked before memory is allocated, and reported in one line.

Limits belong to the machine, not to an experiment, so environment variables set them, such as
FACE_PARSING_MAX_PIXELS=400000000. A changed limit reruns no stage. docs/limits.md lists all limits.
"""

import os
import stat
from dataclasses import dataclass, fields
from pathlib import Path

from face_parsing.core.errors import PipelineError

PREFIX = "FACE_PARSING_MAX_"


@dataclass(frozen=True)
class Limits:
    """The largest inputs that are read.

    A field's environment variable is ``FACE_PARSING_MAX_`` and the field's name in capitals.

    Attributes:
        pixels: Pixels of a picture, label map or video frame.
        side: Longer side of a picture, label map or video frame, in pixels. JPEG overlays have the same limit.
        side_ratio: Longer side of a picture, label map or video frame divided by the shorter one.
        scans: Scans of a JPEG file. A scan takes a few bytes, and as long to decode as a whole image.
        frames: Frames of a video, or images of a folder.
        bytes: Bytes of a file that is read at once: a picture, table, list, or YAML, JSON or .npz file.
        video_bytes: Bytes of a video file.
        model_bytes: Bytes of a model file (checkpoint or ONNX), both as stored and unpacked.
        yaml_depth: Nesting depth of lists and maps in a YAML file.
        yaml_values: Values of a YAML file, with aliases expanded.
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
    """The limits that the environment sets now.

    Raises:
        PipelineError: a variable is not a whole number above 0.
    """
    return Limits(
        **{field.name: _from_environment(field.name, getattr(Limits, field.name)) for field in fields(Limits)}
    )


def check_limit(path: object, value: int, what: str, name: str) -> None:
    """Check a value against a limit.

    Args:
        path: The file, for the message.
        value: The value that is checked.
        what: The value's unit, for the message.
        name: The limit, a field of :class:`Limits`.

    Raises:
        PipelineError: the value exceeds the limit.
    """
    limit = _from_environment(name, getattr(Limits, name))
    if value > limit:
        raise PipelineError(f"{path}: {value} {what}; expected {limit} at most ({PREFIX}{name.upper()})")


def check_picture(path: object, width: int, height: int) -> None:
    """Check the sides of a picture, label map or frame, in pixels.

    Raises:
        PipelineError: a side is 0, or a side, the number of pixels or the ratio of the sides exceeds its limit.
    """
    size = f"{width} x {height}"
    shorter, longer = sorted((width, height))
    if shorter < 1:
        raise PipelineError(f"{path}: {size} pixels; expected a picture of one pixel or more")
    for name, value in (("pixels", width * height), ("side", longer), ("side_ratio", -(-longer // shorter))):
        limit = getattr(limits(), name)
        if value > limit:
            unit = {"pixels": "pixels", "side": "pixels a side", "side_ratio": "to 1 for its sides"}[name]
            raise PipelineError(f"{path}: {size} pixels; expected {limit} {unit} at most ({PREFIX}{name.upper()})")


def read_bytes(path: Path, expected: str, limit: str = "bytes") -> bytes:
    """A file's contents.

    Args:
        path: The file.
        expected: What the file should be, for the message: "an image".
        limit: The limit on its size, a field of :class:`Limits`.

    Raises:
        PipelineError: the file is missing, unreadable, not a regular file, or too large.
    """
    check_file(path, expected, limit)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PipelineError(f"{path}: not readable ({error.strerror}); expected {expected}") from None


def check_file(path: Path, expected: str, limit: str) -> None:
    """Check a file's size without reading it. The arguments and errors are those of :func:`read_bytes`."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a NUL in the name raises a ValueError
        raise PipelineError(f"{path}: missing; expected {expected}") from None
    # Reading a pipe would block, and a device may have no end.
    if not stat.S_ISREG(status.st_mode):
        raise PipelineError(f"{path}: not a regular file; expected {expected}")
    check_limit(path, status.st_size, "bytes", limit)


def _from_environment(name: str, default: int) -> int:
    variable = f"{PREFIX}{name.upper()}"
    text = os.environ.get(variable, str(default))
    if not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise PipelineError(f"{variable}: {text!r}; expected a whole number above 0")
    return int(text)
