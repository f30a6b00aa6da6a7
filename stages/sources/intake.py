"""Frames of a source, checked and brought into the clip layout."""

import shutil
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from dvc_objects.fs.system import reflink
from PIL import ExifTags, Image

from stages.clips.label_maps import check_classes, check_size
from stages.clips.labels import IGNORE_INDEX, LabelTable
from stages.clips.layout import read_image, write_jpeg, write_label_map
from stages.pipeline.entry import UserError
from stages.sources.animation import animate
from stages.sources.frame import SourceFrame

# What every reader of the clip layout takes as it is.
PLAIN_MODES = {"L", "RGB", "P", "RGBA", "LA"}
PLAIN_FORMATS = {"JPEG", "PNG"}


def bring_in_clip(
    frames: Sequence[SourceFrame], root: Path, labels: LabelTable, folder: Path, animated: int, seed: int
) -> tuple[int, list[str]]:
    """Write a clip's sound frames below ``folder``, in the clip layout.

    Args:
        frames: Of one clip.
        root: The source's folder; nothing outside it is read.
        labels: The classes that label maps may hold, besides the ignored value.
        folder: Where JPEGImages and Annotations are written.
        animated: How many frames a still, a clip of one frame, becomes.
        seed: Of the animation, which the clip's name decides too.

    Returns:
        The number of frames written, and the faults of the others, a line each.
    """
    written, faults = 0, []
    for frame in frames:
        try:
            label_map, image = _sound(frame, root, labels)
        except UserError as fault:
            faults.append(str(fault))
            continue
        images, annotations = folder / "JPEGImages" / frame.clip, folder / "Annotations" / frame.clip
        if len(frames) == 1 and animated > 1:
            still = read_image(frame.image) if image is None else image
            rng = np.random.default_rng([seed, zlib.crc32(frame.clip.encode())])
            for number, (moved, moved_labels) in enumerate(animate(still, label_map, animated, rng)):
                write_jpeg(images / f"{number:05d}.jpg", moved)
                write_label_map(annotations / f"{number:05d}.png", moved_labels, labels)
            written += animated
            continue
        if image is None:
            _link(frame.image, images / f"{frame.name}{frame.image.suffix}")
        else:
            write_jpeg(images / f"{frame.name}.jpg", image)
        write_label_map(annotations / f"{frame.name}.png", label_map, labels)
        written += 1
    return written, faults


def _sound(frame: SourceFrame, root: Path, labels: LabelTable) -> tuple[np.ndarray, np.ndarray | None]:
    """A frame's label map, and its image if the file can't stay as it is: turned upright, or of the label map's size.

    Raises:
        UserError: a file is missing, unreadable or outside ``root``, their sizes differ, or a class is unknown.
    """
    for path in (frame.image, *frame.masks):
        _check_inside(path, root)
    size, plain = _verified(frame.image)
    label_map = frame.read_label_map(frame.masks)
    check_classes(frame.masks[0], label_map, [*labels.ids, IGNORE_INDEX])
    if frame.fit_image and size != label_map.shape:
        return label_map, _fitted(frame, label_map)
    if size != label_map.shape:
        check_size(frame.masks[0], label_map, frame.image, np.empty(size))
    return label_map, None if plain else read_image(frame.image)


def _check_inside(path: Path, root: Path) -> None:
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise UserError(f"{path}: a link out of {root}; expected files that lie below it")
    if real.exists() and not real.is_file():
        raise UserError(f"{path}: no file; expected an image or a label map")


def _verified(path: Path) -> tuple[tuple[int, int], bool]:
    """An image's upright (height, width), and whether its file can stay as it is; every pixel is decoded once.

    OpenCV fills what a truncated file lacks with grey; Pillow tells.
    """
    try:
        with Image.open(path) as image:
            image.load()
            turned = image.getexif().get(ExifTags.Base.Orientation, 1)
            plain = image.mode in PLAIN_MODES and image.format in PLAIN_FORMATS and turned == 1
            width, height = image.size
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected an image") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise UserError(f"{path}: not a readable image, or not all of it; expected JPEG or PNG") from None
    return ((width, height) if turned in (5, 6, 7, 8) else (height, width)), plain


def _fitted(frame: SourceFrame, label_map: np.ndarray) -> np.ndarray:
    """The image at the label map's size, (H, W, 3) uint8."""
    image = read_image(frame.image)
    height, width = label_map.shape
    if abs(image.shape[0] * width - image.shape[1] * height) > max(image.shape[:2]):
        raise UserError(
            f"{frame.image}: {image.shape[1]} x {image.shape[0]} pixels; expected the proportions of its masks, "
            f"{width} x {height}"
        )
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _link(source: Path, target: Path) -> None:
    """Clone a file where the file system can, which takes no room, else copy it.

    No other link: DVC's cache would share it, and make the user's own file read-only.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        reflink(str(source), str(target))
        return
    shutil.copyfile(source, target)
