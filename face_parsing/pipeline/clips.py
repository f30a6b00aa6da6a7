"""The clip layout, which is DAVIS 2017's.

JPEGImages/<clip>/<frame>.jpg|png, Annotations/<clip>/<frame>.png, ImageSets/<split>.txt. Predictions and results are
<clip>/<frame>.png below a folder of their own. Annotations are indexed PNGs: the value is the class id. Rendered clips
of val and test have Flow/<clip>/<frame>.png too, the optical flow from a frame to the next (see flow_files.py).
"""

from dataclasses import dataclass
from pathlib import Path

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.pictures import IMAGE_SUFFIXES
from face_parsing.pipeline.texts import read_text

SPLITS = ("train", "val", "test")
LONGEST_NAME = 240  # bytes; most file systems allow 255, of which a suffix and a file's mark of being partial take some


@dataclass(frozen=True)
class Frame:
    """One frame of a clip: its image's path and its annotation's (which need not exist)."""

    clip: str
    name: str
    image: Path
    annotation: Path

    @property
    def flow(self) -> Path:
        """The optical flow to the next frame, which need not exist."""
        return self.annotation.parents[2] / "Flow" / self.clip / f"{self.name}.png"


def read_split(clips: Path, split: str) -> list[str]:
    """The names of a split's clips, in the file's order.

    Raises:
        UserError: ImageSets/<split>.txt is missing or no text, or a line is no folder's name.
    """
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    names = [name for name in read_text(path, "one clip name a line").splitlines() if name]
    for name in names:
        check_name(path, name)
    return names


def check_name(path: Path, name: str) -> None:
    """Check that a file names a clip or frame by a plain name, which becomes a path and must not lead elsewhere.

    Raises:
        UserError: it does not.
    """
    plain = Path(name).name == name and name not in ("", "..") and "\0" not in name
    # What Python makes of bytes that are no UTF-8 can't be written to a table.
    utf8 = not any("\ud800" <= character <= "\udfff" for character in name)
    if not plain or not utf8 or len(name.encode()) > LONGEST_NAME:
        shown = repr(name) if len(name) <= 80 else f"{name[:60]!r} and so on"
        raise UserError(
            f"{path}: {shown} is no clip name; expected that of a folder, in UTF-8, without a path, and of "
            f"{LONGEST_NAME} bytes at most"
        )


def write_split(clips: Path, split: str, names: list[str]) -> None:
    """Write ImageSets/<split>.txt, one clip name a line."""
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def frames_of(clips: Path, clip: str) -> list[Frame]:
    """The frames of one clip, in the order of their names.

    Raises:
        UserError: the clip's folder is missing or holds no image.
    """
    folder = Path(clips) / "JPEGImages" / clip
    images = sorted(p for p in folder.glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not images:
        raise UserError(f"{folder}: no frames; expected images ({', '.join(IMAGE_SUFFIXES)})")
    annotations = Path(clips) / "Annotations" / clip
    return [Frame(clip, image.stem, image, annotations / f"{image.stem}.png") for image in images]
