"""What a source finds below its folder: frames and errors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.core.natural_order import natural_key
from face_parsing.imaging.pictures import IMAGE_SUFFIXES


@dataclass(frozen=True)
class SourceFrame:
    """One frame of a source.

    Attributes:
        split: train, val or test.
        clip: Name of the clip.
        name: Name of the frame.
        image: Image file.
        masks: Files that ``read_label_map`` reads.
        read_label_map: Reads ``masks`` into one label map, (H, W) uint8. Colors stand for the classes of the label
            table.
        parts: The class of each mask, where every mask is of one class; () otherwise.
        fit_image: Whether the image is resized to the label map's size. Both need the same proportions.
    """

    split: str
    clip: str
    name: str
    image: Path
    masks: tuple[Path, ...]
    read_label_map: Callable[[tuple[Path, ...], LabelTable], np.ndarray]
    parts: tuple[int, ...] = ()
    fit_image: bool = False


@dataclass
class Listing:
    """The frames of a source, and its errors, one line each."""

    frames: list[SourceFrame] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def images_in(folder: Path) -> list[Path]:
    """The images of a folder, in the natural order of their names; hidden files are ignored."""
    images = (path for path in folder.glob("[!.]*") if path.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(images, key=lambda path: natural_key(path.name))


def by_stem(paths: Iterable[Path], errors: list[str]) -> dict[str, Path]:
    """Files by their name without suffix; of two with the same name the first stays, and an error is appended."""
    files: dict[str, Path] = {}
    for path in paths:
        if path.stem in files:
            errors.append(f"{path}: the name {path.stem} is {files[path.stem].name} too; expected it once")
        files.setdefault(path.stem, path)
    return files


def pairs(images: dict[str, Path], masks: dict[str, Path], errors: list[str], mask_name: str) -> list[str]:
    """The names that have an image and a mask, in natural order; every other name appends an error.

    Args:
        images: Images by name.
        masks: Masks by name.
        errors: Errors, one line each; extended in place.
        mask_name: Name of a mask's file, with {} for the name.
    """
    for name in images.keys() - masks.keys():
        errors.append(f"{images[name]}: no label map; expected {mask_name.format(name)}")
    for name in masks.keys() - images.keys():
        errors.append(f"{masks[name]}: no image; expected {name}{IMAGE_SUFFIXES[0]} or another image")
    return sorted(images.keys() & masks.keys(), key=natural_key)
