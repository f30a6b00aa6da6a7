"""The source ``face_synthetics``: one folder of <name>.png and <name>_seg.png, as FaceSynthetics distributes them."""

from pathlib import Path

from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in, pairs
from face_parsing.sources.layouts.masks import read_one
from face_parsing.sources.layouts.parameters import DrawnSplit
from face_parsing.sources.layouts.splits import draw_splits

MASK = "_seg"


def find(root: Path, drawn: DrawnSplit) -> Listing:
    """Find every image and its label map; the splits are drawn."""
    listing = Listing()
    files = images_in(root)
    images = by_stem((path for path in files if not path.stem.endswith(MASK)), listing.faults)
    masks = {path.stem.removesuffix(MASK): path for path in files if path.name.endswith(f"{MASK}.png")}
    names = pairs(images, masks, listing.faults, f"{{}}{MASK}.png")
    splits = draw_splits(names, drawn)
    listing.frames = [
        SourceFrame(splits[name], name, "00000", images[name], (masks[name],), read_one) for name in names
    ]
    return listing
