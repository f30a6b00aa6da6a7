"""How pictures and label maps are read and written: the one place that opens image files."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.limits import check_limit, check_picture, read_bytes

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
# By what a file begins with, whatever its name. Pillow's own Image.open would look for sixty formats, some of which
# start other programs, and keeps its own limit of pixels.
FORMATS: dict[bytes, type[ImageFile]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"RIFF": WebPImageFile,
    b"BM": BmpImageFile,
}
ODD = 64  # to 1: the sides of a picture too thin to hold a face that can be found
SCAN = b"\xff\xda"  # the marker that begins a JPEG file's scan


def is_odd(height: int, width: int) -> bool:
    """Whether a picture is too thin to hold a face that can be found."""
    return max(height, width) > ODD * min(height, width)


@contextmanager
def opened(path: Path, expected: str) -> Iterator[ImageFile]:
    """Yield a picture, nothing of which is decoded before the block asks for it, and whose header is within limits.

    Args:
        path: A JPEG, PNG, WebP or BMP file, whatever its name.
        expected: What it should be, for the message: "an image".

    Raises:
        UserError: the file is missing, none of these, too large (see :mod:`face_parsing.pipeline.limits`), or what the
            block decodes of it is broken or cut off.
    """
    data = read_bytes(path, expected)
    try:
        kind = next(kind for start, kind in FORMATS.items() if data.startswith(start))
        if kind is JpegImageFile:
            check_limit(path, data.count(SCAN), "scans", "scans")
        with kind(BytesIO(data)) as image:
            check_picture(path, *image.size)
            yield image
    except UserError:
        raise
    except Exception:  # a broken file makes Pillow's decoders raise errors of every kind
        raise UserError(f"{path}: not readable, or not all of it; expected {expected}") from None


def read_image(path: Path) -> np.ndarray:
    """An image as (H, W, 3) uint8 BGR, turned upright as its EXIF data say; the same pixels as OpenCV's.

    OpenCV fills what a truncated file lacks with grey, and writes to stderr of it.

    Raises:
        UserError: see :func:`opened`.
    """
    with opened(path, "a JPEG or PNG image") as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            # Pillow would cut values above 255 off.
            upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
        return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)


def image_size(path: Path) -> tuple[int, int]:
    """An image's (height, width) as its header has them.

    Raises:
        UserError: see :func:`opened`.
    """
    with opened(path, "a JPEG or PNG image") as image:
        return image.height, image.width


def read_label_map(path: Path) -> np.ndarray:
    """A label map as (H, W) uint8 class ids.

    Raises:
        UserError: see :func:`opened`; or it is not an 8-bit PNG with one channel (indexed or grey).
    """
    with opened(path, "a label map, an indexed or grey 8-bit PNG") as image:
        if image.format != "PNG" or image.mode not in ("P", "L"):
            raise UserError(f"{path}: {image.format} of mode {image.mode}; expected an indexed or grey 8-bit PNG")
        return np.array(image)


def write_label_map(path: Path, label_map: np.ndarray, labels: LabelTable) -> None:
    """Write an (H, W) uint8 label map as an indexed PNG in the labels' colours; makes the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(label_map, mode="P")
    image.putpalette(labels.palette.tobytes())
    image.save(path, compress_level=1)


def write_jpeg(path: Path, image: np.ndarray, quality: int = 95) -> None:
    """Write an (H, W, 3) uint8 BGR image as JPEG; makes the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
