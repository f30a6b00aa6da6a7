"""The source ``davis``: a folder in the clip layout."""

from pathlib import Path

from face_parsing.clips.layout import SPLITS, check_name
from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_text
from face_parsing.sources.layouts.frame import Listing, SourceFrame, by_stem, images_in
from face_parsing.sources.layouts.masks import read_one
from face_parsing.sources.layouts.parameters import DrawnSplit


def find(root: Path, _drawn: DrawnSplit) -> Listing:
    """Find every frame of the clips listed in ImageSets."""
    listing = Listing()
    split_of: dict[str, str] = {}
    for split in SPLITS:
        path = root / "ImageSets" / f"{split}.txt"
        try:
            clips = read_text(path, "one clip name a line").splitlines()
        except PipelineError as error:
            listing.faults.append(str(error))
            continue
        for clip in filter(None, clips):
            try:
                check_name(path, clip)
            except PipelineError as error:
                listing.faults.append(str(error))
                continue
            if clip in split_of:
                listing.faults.append(f"{path}: clip {clip} is in {split_of[clip]} too; expected it once")
            else:
                split_of[clip] = split
    for clip, split in split_of.items():
        images = by_stem(images_in(root / "JPEGImages" / clip), listing.faults)
        if not images:
            listing.faults.append(f"{root / 'JPEGImages' / clip}: no frames; expected images")
        for name, image in images.items():
            mask = root / "Annotations" / clip / f"{name}.png"
            listing.frames.append(SourceFrame(split, clip, name, image, (mask,), read_one))
    return listing
