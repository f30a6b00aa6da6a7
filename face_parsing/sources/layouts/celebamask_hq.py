"""The source ``celebamask_hq``: CelebA-HQ-img and CelebAMask-HQ-mask-anno, as CelebAMask-HQ distributes them."""

import re
from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.texts import read_text
from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in
from face_parsing.sources.layouts.masks import read_part_mask
from face_parsing.sources.layouts.parameters import DrawnSplit
from face_parsing.sources.layouts.splits import draw_splits

IMAGES = "CelebA-HQ-img"
MASKS = "CelebAMask-HQ-mask-anno"
# The authors merge the parts in this order, later over earlier. Ids count from 1.
PARTS = (
    "skin",
    "nose",
    "eye_g",
    "l_eye",
    "r_eye",
    "l_brow",
    "r_brow",
    "l_ear",
    "r_ear",
    "mouth",
    "u_lip",
    "l_lip",
    "hair",
    "hat",
    "ear_r",
    "neck_l",
    "neck",
    "cloth",
)
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"  # columns: index, CelebA's index, CelebA's file
PARTITION = "list_eval_partition.txt"  # columns: CelebA's file, split (0 train, 1 val, 2 test)
PARTITIONS = {"0": "train", "1": "val", "2": "test"}


def find(root: Path, drawn: DrawnSplit) -> Listing:
    """Find every image and the masks of its parts.

    The two files of the official split define the splits. Without them the splits are drawn. Images are resized to the
    masks' size, half of their own.
    """
    listing = Listing()
    images = by_stem(images_in(root / IMAGES), listing.faults)
    masks: dict[str, dict[str, Path]] = {}
    for path in sorted((root / MASKS).glob("*/[!.]*.png")):
        number, _, part = path.stem.partition("_")
        if not number.isdigit() or part not in PARTS:
            listing.faults.append(f"{path}: not NNNNN_<part>.png; expected one of the parts {', '.join(PARTS)}")
            continue
        part_masks = masks.setdefault(str(int(number)), {})
        if part in part_masks:
            listing.faults.append(f"{path}: {part_masks[part]} is the same part; expected it once")
        part_masks[part] = path
    for name in sorted(images.keys() - masks.keys()):
        listing.faults.append(f"{images[name]}: no masks; expected {MASKS}/<folder>/{name.zfill(5)}_<part>.png")
    for name in sorted(masks.keys() - images.keys()):
        first = next(iter(masks[name].values()))
        listing.faults.append(f"{first}: no image; expected {IMAGES}/{name}.jpg")
    names = sorted(images.keys() & masks.keys(), key=lambda name: name.zfill(8))
    official = (root / MAPPING).is_file() and (root / PARTITION).is_file()
    splits = _official_splits(root, listing.faults) if official else draw_splits(names, drawn)
    for name in names:
        if name not in splits:
            listing.faults.append(f"{images[name]}: not in {MAPPING} and {PARTITION}; expected its split there")
            continue
        ids = tuple(number for number, part in enumerate(PARTS, 1) if part in masks[name])
        files = tuple(masks[name][PARTS[i - 1]] for i in ids)
        listing.frames.append(SourceFrame(splits[name], name, "00000", images[name], files, merge, ids, fit_image=True))
    return listing


def merge(paths: tuple[Path, ...], _labels: LabelTable) -> np.ndarray:
    """Merge binary masks into one label map, (H, W) uint8; later parts cover earlier ones.

    Args:
        paths: The masks' files, in the order of PARTS.

    Raises:
        PipelineError: A mask is unreadable or differs in size from the first.
    """
    masks = [read_part_mask(path) for path in paths]
    label_map = np.zeros(masks[0].shape, np.uint8)
    for path, mask in zip(paths, masks, strict=True):
        if mask.shape != label_map.shape:
            sizes = [f"{width} x {height}" for height, width in (mask.shape, label_map.shape)]
            raise PipelineError(f"{path}: {sizes[0]} pixels; expected {sizes[1]} as {paths[0]}")
        label_map[mask] = PARTS.index(path.stem.partition("_")[2]) + 1
    return label_map


def _official_splits(root: Path, errors: list[str]) -> dict[str, str]:
    """The split of each image name, read from the two files; appends errors."""
    mapping, partition = root / MAPPING, root / PARTITION
    split_of = {}
    for number, line in enumerate(read_text(partition, "lines of a file and its split").splitlines(), 1):
        match = re.fullmatch(r"\s*(\S+)\s+([012])\s*", line)
        if match:
            split_of[match[1]] = PARTITIONS[match[2]]
        elif line.strip():
            errors.append(f"{partition}: line {number} is not a file and 0, 1 or 2")
    splits = {}
    for line in read_text(mapping, "lines of an index, CelebA's index and file").splitlines()[1:]:
        fields = line.split()
        if len(fields) == 3 and fields[2] in split_of:
            splits[fields[0]] = split_of[fields[2]]
    return splits
