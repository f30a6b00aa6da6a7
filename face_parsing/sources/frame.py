"""What a source finds below its folder: frames, and what is wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from face_parsing.pipeline.pictures import IMAGE_SUFFIXES


@dataclass(frozen=True)
class SourceFrame:
    """One frame of a source.

    ``read_label_map`` makes an (H, W) uint8 label map of the files ``masks``. With ``fit_image`` the image may be of
    another size than the label map, in the same proportions, and is brought to it.
    """

    split: str
    clip: str
    name: str
    image: Path
    masks: tuple[Path, ...]
    read_label_map: Callable[[tuple[Path, ...]], np.ndarray]
    fit_image: bool = False


@dataclass
class Listing:
    """The frames that a source found, and its faults, a line each."""

    frames: list[SourceFrame] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def images_in(folder: Path) -> list[Path]:
    """The images of a folder, sorted by name; hidden files are none."""
    return sorted(p for p in folder.glob("[!.]*") if p.suffix.lower() in IMAGE_SUFFIXES)


def by_stem(paths: Iterable[Path], faults: list[str]) -> dict[str, Path]:
    """Files by their name without suffix; of two with the same name the first stays, and the fault is added."""
    files: dict[str, Path] = {}
    for path in paths:
        if path.stem in files:
            faults.append(f"{path}: the name {path.stem} is {files[path.stem].name} too; expected it once")
        files.setdefault(path.stem, path)
    return files


def pairs(images: dict[str, Path], masks: dict[str, Path], faults: list[str], mask_name: str) -> list[str]:
    """The names that both have; for every other one the fault is added. ``mask_name`` holds {} for the name."""
    for name in images.keys() - masks.keys():
        faults.append(f"{images[name]}: no label map; expected {mask_name.format(name)}")
    for name in masks.keys() - images.keys():
        faults.append(f"{masks[name]}: no image; expected {name}{IMAGE_SUFFIXES[0]} or another image")
    return sorted(images.keys() & masks.keys())
