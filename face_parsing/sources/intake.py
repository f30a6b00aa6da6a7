"""Checks the frames of a source and imports them into the clip layout."""

import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from dvc_objects.fs.system import reflink
from PIL import ExifTags

from face_parsing.clips.counts import Counts
from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError, error_context
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.imaging.label_maps import check_classes, check_size, indices_of_colors, write_label_map
from face_parsing.imaging.pictures import ODD, is_odd, opened, read_image, write_jpeg
from face_parsing.sources.animation import animate
from face_parsing.sources.layouts import celebamask_hq, davis, face_synthetics, helen, lapa, sfp
from face_parsing.sources.layouts.frame import SourceFrame
from face_parsing.sources.layouts.parameters import DrawnSplit
from face_parsing.sources.mirror import is_remote, mirror
from face_parsing.sources.orientation import upright_label_map
from face_parsing.sources.parameters import Data, source_folder
from face_parsing.sources.sides import doubt, left_right_pairs, sides

SOURCES = {
    "davis": davis,
    "sfp": sfp,
    "celebamask_hq": celebamask_hq,
    "face_synthetics": face_synthetics,
    "helen": helen,
    "lapa": lapa,
}
# Every reader of the clip layout supports these without conversion.
PLAIN_MODES = {"L", "RGB", "P", "RGBA", "LA"}
PLAIN_FORMATS = {"JPEG", "PNG"}


def bring_in(data: Data, labels: LabelTable, folder: Path) -> dict[str, Counts]:
    """Check every frame of a source and import it into ``folder``, in the clip layout.

    Args:
        data: The source and how it is imported.
        labels: The classes that label maps may hold.
        folder: The folder to write to.

    Returns:
        Numbers of frames and pixels by split.

    Raises:
        PipelineError: There are errors and ``data.on_error`` is ``raise``; the message lists all of them, one a line.
            Or a split has no clip, or the source's folder is missing.
    """
    copy = mirror(data.root) if data.root and is_remote(data.root) else None
    root = copy.folder if copy else source_folder(data.root)
    clips, errors = find_clips(data.source, root, data.split)
    bring = partial(
        bring_in_clip,
        root=root,
        labels=labels,
        folder=folder,
        animated=data.frames_per_still,
        seed=data.split.seed,
        fetch=copy.fetch if copy else None,
    )
    written: dict[str, list[str]] = {split: [] for split in SPLITS}
    imported, totals = Imported(), {split: Counts() for split in SPLITS}
    for frames, clip_import in zip(clips.values(), parallel_map(bring, clips.values(), "reading"), strict=True):
        imported.add(clip_import)
        totals[frames[0].split].update(clip_import.counts)
        if clip_import.counts.frames:
            written[frames[0].split].append(frames[0].clip)
    errors = [copy.named(error) if copy else error for error in (*errors, *imported.errors)]
    if errors and data.on_error == "raise":
        raise PipelineError(*errors, f"{len(errors)} errors; data.on_error=skip skips these files")
    for error in errors:
        print(f"skipped: {error}")
    for split, names in written.items():
        if not names:
            raise PipelineError(
                f"{data.root}: no clip for {split}; expected a folder as the source {data.source} lays it out"
            )
        write_split(folder, split, names)
    print(f"{len(errors)} errors skipped")
    for notice in notices(imported):
        print(copy.named(notice) if copy else notice)
    if line := doubt(imported.sides):
        print(f"warning: {data.root}: {line}")
    return totals


def find_clips(source: str, root: Path, split: DrawnSplit) -> tuple[dict[str, list[SourceFrame]], list[str]]:
    """Find the frames of each clip of a source, and the errors of its layout, one line each.

    Args:
        source: The source's name.
        root: The source's folder.
        split: How the splits are drawn if the source has none of its own.
    """
    listing = SOURCES[source].find(root, split)
    errors = list(listing.faults)
    clips: dict[str, list[SourceFrame]] = {}
    for frame in listing.frames:
        clip = clips.setdefault(frame.clip, [])
        if clip and clip[0].split != frame.split:
            errors.append(f"{frame.image}: clip {frame.clip} is in {clip[0].split} too; expected it in one split")
        else:
            clip.append(frame)
    return clips, errors


@dataclass
class Imported:
    """What was imported of a clip, or of several.

    Attributes:
        counts: Numbers of the frames written, and of their pixels.
        errors: The errors of the other frames, one line each.
        sides: See :func:`face_parsing.sources.sides.sides`, by frame of the source.
        turned: Label maps that were turned upright with their images.
        empty: Part masks that set no pixel of their label map.
        colors: The index of each color that is no class's, by label map.
    """

    counts: Counts = field(default_factory=Counts)
    errors: list[str] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    turned: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    colors: dict[Path, dict[tuple[int, ...], int]] = field(default_factory=dict)

    def add(self, other: "Imported") -> None:
        """Add what was imported of another clip."""
        self.counts.update(other.counts)
        self.errors += other.errors
        self.sides += other.sides
        self.turned += other.turned
        self.empty += other.empty
        self.colors |= other.colors


def notices(imported: Imported) -> Iterator[str]:
    """Yield a line for each kind of files that were imported, but not as most are."""
    index_of: dict[tuple[int, ...], int] = {}
    contradicting = [  # any of a list, not of a generator, so that every color is recorded
        path
        for path, colors in imported.colors.items()
        if any([index_of.setdefault(color, index) != index for color, index in colors.items()])
    ]
    for files, what in (
        (imported.turned, "label maps were drawn on the stored pixels of images that EXIF turns, and turned with them"),
        (imported.empty, "part masks set no pixel of their label map"),
        (contradicting, "label maps have a color at another index than label maps before them; the indices are ids"),
    ):
        if files:
            yield f"{len(files)} {what}, such as {files[0]}"


def bring_in_clip(
    frames: Sequence[SourceFrame],
    root: Path,
    labels: LabelTable,
    folder: Path,
    animated: int,
    seed: int,
    fetch: Callable[[Iterable[Path]], None] | None = None,
) -> Imported:
    """Write a clip's valid frames below ``folder``, in the clip layout.

    Args:
        frames: The frames of one clip.
        root: The source's folder; nothing outside it is read.
        labels: The classes that label maps may hold, besides the ignored value.
        folder: The folder for JPEGImages and Annotations.
        animated: Number of frames made from a clip of one frame.
        seed: Random seed of the animation, which also depends on the clip's name.
        fetch: Fetches remote files.
    """
    clip, pairs = Imported(), left_right_pairs(labels)
    if fetch:
        fetch(path for frame in frames for path in (frame.image, *frame.masks))
    for frame in frames:
        try:
            with error_context(frame.image):
                label_map, image, turned = _checked(frame, root, labels)
        except PipelineError as error:
            clip.errors.append(str(error))
            continue
        clip.sides.append(sides(label_map, pairs))
        clip.turned += [frame.masks[0]] if turned else []
        if frame.parts:
            present = np.bincount(label_map.reshape(-1), minlength=256)
            clip.empty += [mask for mask, part in zip(frame.masks, frame.parts, strict=True) if not present[part]]
        elif len(frame.masks) == 1 and (colors := _foreign_colors(frame.masks[0], labels)):
            clip.colors[frame.masks[0]] = colors
        images, annotations = folder / "JPEGImages" / frame.clip, folder / "Annotations" / frame.clip
        if len(frames) == 1 and animated > 1:
            still = read_image(frame.image) if image is None else image
            rng = np.random.default_rng([seed, zlib.crc32(frame.clip.encode())])
            for number, (moved, moved_labels) in enumerate(animate(still, label_map, animated, rng)):
                write_jpeg(images / f"{number:05d}.jpg", moved)
                write_label_map(annotations / f"{number:05d}.png", moved_labels, labels)
                clip.counts.add(moved_labels)
            continue
        if image is None:
            _link(frame.image, images / f"{frame.name}{frame.image.suffix}")
        else:
            write_jpeg(images / f"{frame.name}.jpg", image)
        write_label_map(annotations / f"{frame.name}.png", label_map, labels)
        clip.counts.add(label_map)
    return clip


def _checked(frame: SourceFrame, root: Path, labels: LabelTable) -> tuple[np.ndarray, np.ndarray | None, bool]:
    """A frame's label map, and its image where the file needs conversion: upright, or resized to the label map.

    The third value tells whether the label map was turned upright.

    Raises:
        PipelineError: A file is missing, unreadable or outside ``root``, the sizes differ, or a class is unknown.
    """
    for path in (frame.image, *frame.masks):
        _check_inside(path, root)
    size, orientation, plain = _verified(frame.image)
    if is_odd(*size):
        raise PipelineError(f"{frame.image}: {size[1]} x {size[0]} pixels; expected sides of {ODD} to 1 at most")
    drawn = frame.read_label_map(frame.masks, labels)
    check_classes(frame.masks[0], drawn, [*labels.ids, IGNORE_INDEX])
    image = None if plain else read_image(frame.image)
    label_map = drawn if image is None else upright_label_map(frame.masks[0], drawn, image, orientation)
    if size != label_map.shape:
        if not frame.fit_image:
            check_size(frame.masks[0], label_map, frame.image, np.empty(size))
        image = _fitted(frame.image, read_image(frame.image) if image is None else image, label_map)
    return label_map, image, label_map is not drawn


def _foreign_colors(path: Path, labels: LabelTable) -> dict[tuple[int, ...], int]:
    """The index of each color of a label map that is no class's, since the colors of classes give the ids."""
    known = {label.color for label in labels.labels}
    return {color: index for color, index in indices_of_colors(path, labels).items() if color not in known}


def _check_inside(path: Path, root: Path) -> None:
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise PipelineError(f"{path}: a link out of {root}; expected files that lie below it")
    if real.exists() and not real.is_file():
        raise PipelineError(f"{path}: not a file; expected an image or a label map")


def _verified(path: Path) -> tuple[tuple[int, int], int, bool]:
    """An image's upright (height, width), its EXIF orientation, and whether its file can be copied unchanged.

    Every pixel is decoded once.
    """
    with opened(path, "an image") as image:
        image.load()
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        plain = image.mode in PLAIN_MODES and image.format in PLAIN_FORMATS and orientation == 1
        width, height = image.size
    return ((width, height) if orientation in (5, 6, 7, 8) else (height, width)), orientation, plain


def _fitted(path: Path, image: np.ndarray, label_map: np.ndarray) -> np.ndarray:
    """The image resized to the label map, (H, W, 3) uint8."""
    height, width = label_map.shape
    if abs(image.shape[0] * width - image.shape[1] * height) > max(image.shape[:2]):
        raise PipelineError(
            f"{path}: {image.shape[1]} x {image.shape[0]} pixels; expected the proportions of its masks, "
            f"{width} x {height}"
        )
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _link(source: Path, target: Path) -> None:
    """Clone a file where the file system supports it, which takes no space; otherwise copy it.

    Other links would let DVC's cache share the user's own file and make it read-only.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        reflink(str(source), str(target))
        return
    shutil.copyfile(source, target)
