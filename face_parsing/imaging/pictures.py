"""Reading and writing pictures. No other module opens image files."""

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

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_limit, check_picture, read_bytes

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
# A file's first bytes tell its format; its name does not matter. We avoid Pillow's Image.open: it tries sixty formats,
# some of which start other programs, and has its own limit of pixels.
FORMATS: dict[bytes, type[ImageFile]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"RIFF": WebPImageFile,
    b"BM": BmpImageFile,
}
ODD = 64  # ratio of the sides above which a picture is too thin for face detection
SCAN = b"\xff\xda"  # the marker at the start of each scan of a JPEG file


def is_odd(height: int, width: int) -> bool:
    """Whether a picture of ``height`` x ``width`` pixels is too thin for face detection."""
    return max(height, width) > ODD * min(height, width)


@contextmanager
def opened(path: Path, expected: str) -> Iterator[ImageFile]:
    """Yield a picture whose header is within the limits. Pixels are decoded only when the block reads them.

    Args:
        path: A JPEG, PNG, WebP or BMP file. Its suffix does not matter.
        expected: What the file should be, for the message: "an image".

    Raises:
        PipelineError: the file is missing, of another format, too large (see :mod:`face_parsing.core.limits`), or the
            part that the block decodes is broken or truncated.
    """
    data = read_bytes(path, expected)
    try:
        kind = next(kind for start, kind in FORMATS.items() if data.startswith(start))
        if kind is JpegImageFile:
            check_limit(path, data.count(SCAN), "scans", "scans")
        with kind(BytesIO(data)) as image:
            check_picture(path, *image.size)
            yield image
    except PipelineError:
        raise
    except Exception:  # broken files make Pillow's decoders raise errors of any type
        raise PipelineError(f"{path}: not readable or truncated; expected {expected}") from None


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
