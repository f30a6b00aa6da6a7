"""The source ``helen``: images/<stem>.jpg and labels/<stem>/<stem>_lblNN.png, as Smith et al. distribute them.

Each of the 11 label files is a gray map of one class's probability. exemplars.txt, tuning.txt and testing.txt hold the
splits, in lines of "number , stem".
"""

from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.texts import read_text
from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in
from face_parsing.sources.layouts.masks import read_probabilities
from face_parsing.sources.layouts.parameters import DrawnSplit

NUM_CLASSES = 11
LISTS = {"train": "exemplars.txt", "val": "tuning.txt", "test": "testing.txt"}


def find(root: Path, _drawn: DrawnSplit) -> Listing:
    """Find every image that the lists name."""
    listing = Listing()
    images = by_stem(images_in(root / "images"), listing.faults)
    split_of: dict[str, str] = {}
    for split, file in LISTS.items():
        try:
            lines = read_text(root / file, "lines of a number, a comma and a name").splitlines()
        except PipelineError as error:
            listing.faults.append(str(error))
            continue
        for name in (line.rpartition(",")[2].strip() for line in lines):
            if not name:
                continue
            if name not in images:
                listing.faults.append(f"{root / file}: no image {name}; expected images/{name}.jpg")
            elif name in split_of:
                listing.faults.append(f"{root / file}: {name} is in {LISTS[split_of[name]]} too; expected it once")
            else:
                split_of[name] = split
    for name, split in split_of.items():
        folder = root / "labels" / name
        maps = tuple(folder / f"{name}_lbl{label:02d}.png" for label in range(NUM_CLASSES))
        listing.frames.append(SourceFrame(split, name, "00000", images[name], maps, likeliest))
    return listing


def likeliest(paths: tuple[Path, ...], _labels: LabelTable) -> np.ndarray:
    """The label map (H, W) uint8 of the most probable classes; of equal ones, the first.

    Args:
        paths: The probability map of each class.

    Raises:
        PipelineError: A map is unreadable or differs in size from the first.
    """
    maps = [read_probabilities(path) for path in paths]
    for path, values in zip(paths, maps, strict=True):
        if values.shape != maps[0].shape:
            sizes = [f"{width} x {height}" for height, width in (values.shape, maps[0].shape)]
            raise PipelineError(f"{path}: {sizes[0]} pixels; expected {sizes[1]} as {paths[0]}")
    return np.argmax(maps, axis=0).astype(np.uint8)
