"""The source ``lapa``: {train,val,test}/{images,labels}, a .jpg and a .png of one name, as LaPa distributes them."""

from pathlib import Path

from face_parsing.clips.layout import SPLITS
from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in, pairs
from face_parsing.sources.layouts.masks import read_one
from face_parsing.sources.layouts.parameters import DrawnSplit


def find(root: Path, _drawn: DrawnSplit) -> Listing:
    """Find every image and its label map; the folders are the splits."""
    listing = Listing()
    for split in SPLITS:
        images = by_stem(images_in(root / split / "images"), listing.faults)
        masks = {path.stem: path for path in images_in(root / split / "labels")}
        for name in pairs(images, masks, listing.faults, f"{split}/labels/{{}}.png"):
            listing.frames.append(SourceFrame(split, name, "00000", images[name], (masks[name],), read_one))
    return listing
