"""Checksums of the clips' files, in sha256sum's format: what stages depend on in place of the files.

DVC walks a folder that is a dependency once for every stage, which for a thousand clips takes longer than to read one
file that changes whenever one of theirs does.
"""

import hashlib
from functools import partial
from itertools import chain
from pathlib import Path

from face_parsing.pipeline.clips import SPLITS, frames_of, read_split
from face_parsing.pipeline.parallel import each

IMAGES, LABEL_MAPS, FLOW = "JPEGImages.sha256", "Annotations.sha256", "Flow.sha256"


def write_checksums(clips: Path, folder: Path) -> None:
    """Write <split>/JPEGImages.sha256 and <split>/Annotations.sha256 below ``folder``, in the frames' order.

    Where a split's clips have optical flow, its <split>/Flow.sha256 stands beside them.

    Args:
        clips: A folder in the clip layout; its files are named relative to it.
        folder: An existing folder.
    """
    for split in SPLITS:
        of_clips = list(each(partial(_of_clip, clips), read_split(clips, split), f"checksums {split}"))
        (folder / split).mkdir()
        for name, lines in zip((IMAGES, LABEL_MAPS, FLOW), map(list, zip(*of_clips, strict=True)), strict=True):
            if name != FLOW or any(lines):
                (folder / split / name).write_text("".join(chain.from_iterable(lines)), encoding="utf-8")


def _of_clip(clips: Path, clip: str) -> tuple[list[str], list[str], list[str]]:
    frames = frames_of(clips, clip)
    kinds = ([f.image for f in frames], [f.annotation for f in frames], [f.flow for f in frames if f.flow.exists()])
    images, label_maps, flow = ([_line(path, clips) for path in paths] for paths in kinds)
    return images, label_maps, flow


def _line(path: Path, clips: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(clips).as_posix()}\n"
