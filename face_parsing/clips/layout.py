"""The clip layout, which is DAVIS 2017's.

The files are JPEGImages/<clip>/<frame>.jpg|png, Annotations/<clip>/<frame>.png and ImageSets/<split>.txt. Predictions
and results are <clip>/<frame>.png below a folder of their own. Annotations are indexed PNGs whose values are class ids.
Rendered clips of val and test also have Flow/<clip>/<frame>.png, the optical flow to the next frame: see flow_files.
"""

from dataclasses import dataclass
from pathlib import Path

from face_parsing.core.errors import PipelineError
from face_parsing.core.natural_order import natural_key
from face_parsing.core.texts import read_text
from face_parsing.imaging.pictures import IMAGE_SUFFIXES

SPLITS = ("train", "val", "test")
LONGEST_NAME = 240  # in bytes; most file systems allow 255, which include the suffix and the mark of a partial file


@dataclass(frozen=True)
class Frame:
    """One frame of a clip.

    Attributes:
        clip: The clip's name.
        name: The frame's name, which is the image's file name without its suffix.
        image: The image's path.
        annotation: The annotation's path. The file need not exist.
    """

    clip: str
    name: str
    image: Path
    annotation: Path

    @property
    def flow(self) -> Path:
        """The path of the optical flow to the next frame. The file need not exist."""
        return self.annotation.parents[2] / "Flow" / self.clip / f"{self.name}.png"


def read_split(clips: Path, split: str) -> list[str]:
    """The names of a split's clips, in the file's order.

    Raises:
        PipelineError: ImageSets/<split>.txt is missing or not text, or a line is not a plain folder name.
    """
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    names = [name for name in read_text(path, "one clip name a line").splitlines() if name]
    for name in names:
        check_name(path, name)
    return names


def check_name(path: Path, name: str) -> None:
    """Check that the name of a clip or frame is safe as part of a path.

    Args:
        path: The file that has the name, for the message.
        name: The name.

    Raises:
        PipelineError: the name is a path, too long, or not UTF-8.
    """
    plain = Path(name).name == name and name not in ("", "..") and "\0" not in name
    # Python reads bytes that are not UTF-8 as surrogates, which can't be written to a table.
    utf8 = not any("\ud800" <= character <= "\udfff" for character in name)
    if not plain or not utf8 or len(name.encode()) > LONGEST_NAME:
        shown = repr(name) if len(name) <= 80 else f"{name[:60]!r}..."
        raise PipelineError(
            f"{path}: {shown} is not a clip name; expected a folder name in UTF-8, without a path, and of at most "
            f"{LONGEST_NAME} bytes"
        )


def write_split(clips: Path, split: str, names: list[str]) -> None:
    """Write ImageSets/<split>.txt, one clip name per line."""
    path = Path(clips) / "ImageSets" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def frames_of(clips: Path, clip: str) -> list[Frame]:
    """The frames of one clip, in the natural order of their names.

    Raises:
        PipelineError: the clip's folder is missing or holds no image.
    """
    folder = Path(clips) / "JPEGImages" / clip
    images = [path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES]
    if not images:
        raise PipelineError(f"{folder}: no frames; expected images ({', '.join(IMAGE_SUFFIXES)})")
    annotations = Path(clips) / "Annotations" / clip
    images.sort(key=lambda image: natural_key(image.name))
    return [Frame(clip, image.stem, image, annotations / f"{image.stem}.png") for image in images]
