"""Checksums of the clips' files, in sha256sum's format: what stages depend on in place of the files.

DVC walks a folder that is a dependency once for every stage, which for a thousand clips takes longer than to read one
file that changes whenever one of theirs does.
"""

import hashlib
from functools import partial
from pathlib import Path

from face_parsing.pipeline.clips import SPLITS, frames_of, read_split
from face_parsing.pipeline.parallel import each

IMAGES, LABEL_MAPS = "JPEGImages.sha256", "Annotations.sha256"


def write_checksums(clips: Path, folder: Path) -> None:
    """Write <split>/JPEGImages.sha256 and <split>/Annotations.sha256 below ``folder``, in the frames' order.

    Args:
        clips: A folder in the clip layout; its files are named relative to it.
        folder: An existing folder.
    """
    for split in SPLITS:
        of_clips = list(each(partial(_of_clip, clips), read_split(clips, split), f"checksums {split}"))
        (folder / split).mkdir()
        for name, kind in ((IMAGES, 0), (LABEL_MAPS, 1)):
            lines = [f"{of_frame[kind]}\n" for of_clip in of_clips for of_frame in of_clip]
            (folder / split / name).write_text("".join(lines), encoding="utf-8")


def _of_clip(clips: Path, clip: str) -> list[tuple[str, str]]:
    return [(_line(frame.image, clips), _line(frame.annotation, clips)) for frame in frames_of(clips, clip)]


def _line(path: Path, clips: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(clips).as_posix()}"
