"""Checksums of the clips' files, in sha256sum's format. Stages depend on them instead of on the files.

DVC scans a folder once for every stage that depends on it, which is slow for a thousand clips. A checksum file changes
whenever one of its files does, and is fast to read.
"""

from functools import partial
from itertools import chain
from pathlib import Path

from face_parsing.clips.layout import SPLITS, frames_of, read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.digests import sha256_line

IMAGES, LABEL_MAPS, FLOW = "JPEGImages.sha256", "Annotations.sha256", "Flow.sha256"


def write_checksums(clips: Path, folder: Path) -> None:
    """Write <split>/JPEGImages.sha256 and <split>/Annotations.sha256 below ``folder``, in the frames' order.

    If a split's clips have optical flow, <split>/Flow.sha256 is written too.

    Args:
        clips: A folder in the clip layout. The checksum files name its files relative to it.
        folder: An existing folder.
    """
    for split in SPLITS:
        clip_lines = list(parallel_map(partial(_clip_lines, clips), read_split(clips, split), f"checksums {split}"))
        (folder / split).mkdir()
        for name, lines in zip((IMAGES, LABEL_MAPS, FLOW), map(list, zip(*clip_lines, strict=True)), strict=True):
            if name != FLOW or any(lines):
                (folder / split / name).write_text("".join(chain.from_iterable(lines)), encoding="utf-8")


def _clip_lines(clips: Path, clip: str) -> tuple[list[str], list[str], list[str]]:
    frames = frames_of(clips, clip)
    kinds = ([f.image for f in frames], [f.annotation for f in frames], [f.flow for f in frames if f.flow.exists()])
    images, label_maps, flow = (
        [sha256_line(path, path.relative_to(clips).as_posix()) for path in paths] for paths in kinds
    )
    return images, label_maps, flow
