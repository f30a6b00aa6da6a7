"""The source ``sfp``: {train,val,test}/<clip>/, with a .jpg and a .png label map of the same name for each frame."""

from pathlib import Path

from face_parsing.clips.layout import SPLITS
from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in, pairs
from face_parsing.sources.layouts.masks import read_one
from face_parsing.sources.layouts.parameters import DrawnSplit


def find(root: Path, _drawn: DrawnSplit) -> Listing:
    """Find every frame and its label map; the folders are the splits."""
    listing = Listing()
    for split in SPLITS:
        for folder in sorted(path for path in (root / split).glob("[!.]*") if path.is_dir()):
            files = images_in(folder)
            images = by_stem((path for path in files if path.suffix.lower() != ".png"), listing.faults)
            masks = {path.stem: path for path in files if path.suffix.lower() == ".png"}
            for name in pairs(images, masks, listing.faults, "{}.png"):
                listing.frames.append(SourceFrame(split, folder.name, name, images[name], (masks[name],), read_one))
    return listing
