"""Reading and writing pictures. No other module opens image files."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import CDLL, c_void_p
from functools import cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_limit, check_picture, read_bytes

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff"),
    *(".avif", ".heic", ".heif"),
)


@cache
def _silence_tiff() -> None:
    """Keep Pillow and its libtiff from printing errors of broken TIFF files to stderr; a user's log has Pillow's."""
    logging.getLogger("PIL.TiffImagePlugin").addHandler(logging.NullHandler())
    with suppress(OSError, AttributeError):  # a Pillow whose libtiff can't be reached prints
        CDLL(Image.core.__file__).TIFFSetErrorHandler(c_void_p(None))


# A file's first bytes tell its format; its name does not matter. We avoid Pillow's Image.open: it tries sixty formats,
# some of which start other programs, and has its own limit of pixels.
FORMATS: dict[bytes, type[ImageFile]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"RIFF": WebPImageFile,
    b"BM": BmpImageFile,
    b"II*\0": TiffImageFile,
    b"MM\0*": TiffImageFile,
}
# Brands of the ISO container, which videos use too: its bytes 8 to 12, where bytes 4 to 8 are "ftyp".
AVIF_BRANDS = (b"avif", b"avis")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
ODD = 64  # ratio of the sides above which a picture is too thin for face detection
SUBFILE_TYPE, COPY, MASK = 254, 1, 4  # a tag of a TIFF page, and its bits for a smaller copy and a mask of another page
TIFF_MODES = {"I": "32-bit pixels", "F": "floating-point pixels", "LAB": "CIELAB colours"}  # which Pillow can't convert
PAGES = 100  # of a TIFF file, smaller copies and masks included
SCAN = b"\xff\xda"  # the marker at the start of each scan of a JPEG file


def is_image(path: Path) -> bool:
    """Whether a file is an image by its suffix, or a JPEG, PNG, WebP, AVIF or HEIF file by its first bytes.

    BMP and TIFF files need their suffix: texts may start like the one, and raw images of cameras like the other.
    """
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(12)
    except (OSError, ValueError):
        return False
    if start[4:8] == b"ftyp":
        return start[8:] in AVIF_BRANDS + HEIF_BRANDS
    return start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (start[:4], start[8:]) == (b"RIFF", b"WEBP")


def is_odd(height: int, width: int) -> bool:
    """Whether a picture of ``height`` x ``width`` pixels is too thin for face detection."""
    return max(height, width) > ODD * min(height, width)


@contextmanager
def opened(path: Path, expected: str) -> Iterator[ImageFile]:
    """Yield a picture whose header is within the limits. Pixels are decoded only when the block reads them.

    Args:
        path: A JPEG, PNG, WebP, BMP, TIFF or AVIF file; HEIF too, where pillow-heif is installed. Its suffix does not
            matter.
        expected: What the file should be, for the message: "an image".

    Raises:
        PipelineError: the file is missing, of another format, too large (see :mod:`face_parsing.core.limits`), or the
            part that the block decodes is broken or truncated. A HEIF file, and pillow-heif is not installed.
    """
    data = read_bytes(path, expected)
    try:
        kind = _format(path, data)
        if kind is TiffImageFile:
            _silence_tiff()
        if kind is JpegImageFile:
            check_limit(path, data.count(SCAN), "scans", "scans")
        with kind(BytesIO(data)) as image:
            check_picture(path, *image.size)
            if isinstance(image, TiffImageFile):
                _check_tiff(path, image)
            yield image
    except PipelineError:
        raise
    except Exception:  # broken files make Pillow's decoders raise errors of any type
        raise PipelineError(f"{path}: not readable or truncated; expected {expected}") from None


def _format(path: Path, data: bytes) -> type[ImageFile]:
    """The format of a file by its first bytes; StopIteration for none of ours."""
    if data[4:8] != b"ftyp":
        return next(kind for start, kind in FORMATS.items() if data.startswith(start))
    if data[8:12] in AVIF_BRANDS:
        return AvifImageFile
    if data[8:12] not in HEIF_BRANDS:
        raise StopIteration
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise PipelineError(f"{path}: a HEIF image; expected pillow-heif to be installed, or JPEG or PNG") from None
    return HeifImageFile


def _check_tiff(path: Path, image: TiffImageFile) -> None:
    """Check that a TIFF file is one picture of 8 or 16 bits.

    Raises:
        PipelineError: it has several pages or other pixels, or its first page is a preview, as in cameras' raw images.
    """
    if image.mode in TIFF_MODES:
        raise PipelineError(f"{path}: {TIFF_MODES[image.mode]}; expected grey, RGB or CMYK of 8 or 16 bits a channel")
    if image.tag_v2.get(SUBFILE_TYPE, 0) & COPY:
        raise PipelineError(f"{path}: its first page is a preview; expected a picture of full size")
    try:
        for page in range(1, PAGES):
            image.seek(page)
            if not image.tag_v2.get(SUBFILE_TYPE, 0) & (COPY | MASK):
                break
        raise PipelineError(f"{path}: several pages; expected one picture, for example a file for each page")
    except EOFError:
        image.seek(0)


def read_image(path: Path) -> np.ndarray:
    """Read an image as (H, W, 3) uint8 BGR, rotated upright by its EXIF orientation.

    The pixels equal OpenCV's. We don't use OpenCV, which fills the missing part of a truncated file with grey.

    Raises:
        PipelineError: see :func:`opened`.
    """
    with opened(path, "an image") as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            # Pillow would clip 16-bit values at 255.
            upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
        return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)


def image_size(path: Path) -> tuple[int, int]:
    """Read an image's (height, width) in pixels from its header, without the EXIF orientation.

    Raises:
        PipelineError: see :func:`opened`.
    """
    with opened(path, "an image") as image:
        return image.height, image.width


def write_jpeg(path: Path, image: np.ndarray, quality: int = 95) -> None:
    """Write an (H, W, 3) uint8 BGR image as JPEG, and make its folder if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
