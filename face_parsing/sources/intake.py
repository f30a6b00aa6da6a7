"""Frames of a source, checked and brought into the clip layout."""

import shutil
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from dvc_objects.fs.system import reflink
from PIL import ExifTags

from face_parsing.pipeline.clips import SPLITS, write_split
from face_parsing.pipeline.entry import UserError, working_on
from face_parsing.pipeline.label_maps import check_classes, check_size
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import ODD, is_odd, opened, read_image, write_jpeg, write_label_map
from face_parsing.sources import celebamask_hq, davis, face_synthetics, helen, lapa, sfp
from face_parsing.sources.animation import animate
from face_parsing.sources.frame import SourceFrame
from face_parsing.sources.mirror import is_remote, mirror
from face_parsing.sources.parameters import Data

SOURCES = {
    "davis": davis,
    "sfp": sfp,
    "celebamask_hq": celebamask_hq,
    "face_synthetics": face_synthetics,
    "helen": helen,
    "lapa": lapa,
}
# What every reader of the clip layout takes as it is.
PLAIN_MODES = {"L", "RGB", "P", "RGBA", "LA"}
PLAIN_FORMATS = {"JPEG", "PNG"}


def bring_in(data: Data, labels: LabelTable, folder: Path) -> int:
    """Check every frame that the source holds and bring it into ``folder``, in the clip layout.

    Returns:
        The number of frames.

    Raises:
        UserError: there are faults, and they are not to be skipped (the message lists them all, one a line); or a split
            is left without a clip.
    """
    copy = mirror(data.root) if data.root and is_remote(data.root) else None
    root = copy.folder if copy else Path(data.root or "")
    listing = SOURCES[data.source].find(root, data.split)
    faults = list(listing.faults)
    clips: dict[str, list[SourceFrame]] = {}
    for frame in listing.frames:
        clip = clips.setdefault(frame.clip, [])
        if clip and clip[0].split != frame.split:
            faults.append(f"{frame.image}: clip {frame.clip} is in {clip[0].split} too; expected it in one split")
        else:
            clip.append(frame)
    bring = partial(
        bring_in_clip,
        root=root,
        labels=labels,
        folder=folder,
        animated=data.animate,
        seed=data.split.seed,
        fetch=copy.fetch if copy else None,
    )
    written: dict[str, list[str]] = {split: [] for split in SPLITS}
    total = 0
    for frames, (number, of_clip) in zip(clips.values(), each(bring, clips.values(), "reading"), strict=True):
        faults += of_clip
        total += number
        if number:
            written[frames[0].split].append(frames[0].clip)
    if copy:
        faults = [copy.named(fault) for fault in faults]
    if faults and data.on_fault == "stop":
        raise UserError(*faults, f"{len(faults)} faults; data.on_fault=skip leaves what is at fault out")
    for fault in faults:
        print(f"left out: {fault}")
    for split, names in written.items():
        if not names:
            raise UserError(
                f"{data.root}: no clip for {split}; expected a folder as the source {data.source} lays it out"
            )
        write_split(folder, split, names)
    print(f"{len(faults)} faults left out")
    return total


def bring_in_clip(
    frames: Sequence[SourceFrame],
    root: Path,
    labels: LabelTable,
    folder: Path,
    animated: int,
    seed: int,
    fetch: Callable[[Iterable[Path]], None] | None = None,
) -> tuple[int, list[str]]:
    """Write a clip's sound frames below ``folder``, in the clip layout.

    Args:
        frames: Of one clip.
        root: The source's folder; nothing outside it is read.
        labels: The classes that label maps may hold, besides the ignored value.
        folder: Where JPEGImages and Annotations are written.
        animated: How many frames a still, a clip of one frame, becomes.
        seed: Of the animation, which the clip's name decides too.
        fetch: Brings files here that are elsewhere.

    Returns:
        The number of frames written, and the faults of the others, a line each.
    """
    written, faults = 0, []
    if fetch:
        fetch(path for frame in frames for path in (frame.image, *frame.masks))
    for frame in frames:
        try:
            with working_on(frame.image):
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
    if is_odd(*size):
        raise UserError(f"{frame.image}: {size[1]} x {size[0]} pixels; expected sides of {ODD} to 1 at most")
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
    """An image's upright (height, width), and whether its file can stay as it is; every pixel is decoded once."""
    with opened(path, "a JPEG or PNG image") as image:
        image.load()
        turned = image.getexif().get(ExifTags.Base.Orientation, 1)
        plain = image.mode in PLAIN_MODES and image.format in PLAIN_FORMATS and turned == 1
        width, height = image.size
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
