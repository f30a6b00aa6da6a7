"""The clip layout, which is DAVIS 2017's.

JPEGImages/<clip>/<frame>.jpg|png, Annotations/<clip>/<frame>.png, ImageSets/<split>.txt. Predictions and results are
<clip>/<frame>.png below a folder of their own. Annotations are indexed PNGs: the value is the class id.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import LabelTable

SPLITS = ("train", "val", "test")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Frame:
    """One frame of a clip: its image's path and its annotation's (which need not exist)."""

    clip: str
    name: str
    image: Path
    annotation: Path


def read_split(clips: Path, split: str) -> list[str]:
    """The names of a split's clips, in the file's order.

    Raises:
        UserError: ImageSets/<split>.txt is missing.
    """
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    if not path.is_file():
        raise UserError(f"{path}: missing; expected one clip name a line")
    return path.read_text(encoding="utf-8").splitlines()


def write_split(clips: Path, split: str, names: list[str]) -> None:
    """Write ImageSets/<split>.txt, one clip name a line."""
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def frames_of(clips: Path, clip: str) -> list[Frame]:
    """The frames of one clip, in the order of their names.

    Raises:
        UserError: the clip's folder is missing or holds no image.
    """
    folder = Path(clips) / "JPEGImages" / clip
    images = sorted(p for p in folder.glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not images:
        raise UserError(f"{folder}: no frames; expected images ({', '.join(IMAGE_SUFFIXES)})")
    annotations = Path(clips) / "Annotations" / clip
    return [Frame(clip, image.stem, image, annotations / f"{image.stem}.png") for image in images]


def read_image(path: Path) -> np.ndarray:
    """An image as (H, W, 3) uint8 BGR.

    Raises:
        UserError: the file is missing or no readable image.
    """
    # Bytes first: cv2.imread answers None for both faults and warns on stderr.
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        raise UserError(f"{path}: missing; expected an image") from None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None:
        raise UserError(f"{path}: not a readable image; expected JPEG or PNG")
    return image


def read_label_map(path: Path) -> np.ndarray:
    """A label map as (H, W) uint8 class ids.

    Raises:
        UserError: the file is missing, unreadable, or not an 8-bit PNG with one channel (indexed or grey).
    """
    try:
        with Image.open(path) as image:
            if image.format != "PNG" or image.mode not in ("P", "L"):
                raise UserError(f"{path}: {image.format} of mode {image.mode}; expected an indexed or grey 8-bit PNG")
            return np.array(image)
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected a label map") from None
    except (OSError, SyntaxError):
        raise UserError(f"{path}: not a readable label map; expected an indexed or grey 8-bit PNG") from None


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
