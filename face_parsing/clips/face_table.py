"""The face table, faces.csv: one row per face, in the order of the clip's frames."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from face_parsing.clips.layout import Frame
from face_parsing.clips.tables import read_table
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import limits
from face_parsing.core.outputs import atomic_file

if TYPE_CHECKING:
    import pandas as pd

# The origin of a box: a detection, interpolation between neighbouring frames, or the whole frame if no face was found.
Source = Literal["detected", "interpolated", "whole_frame"]
SOURCES: tuple[Source, ...] = get_args(Source)
DECIMALS = 2  # of boxes and scores in the file


@dataclass(frozen=True)
class Face:
    """A face of one frame.

    Attributes:
        box: x1, y1, x2, y2 in pixels, inside the frame.
        score: Detection score from 0 to 1.
        source: The origin of the box.
    """

    box: tuple[float, float, float, float]
    score: float
    source: Source

    def rounded(self) -> "Face":
        """The face rounded to two decimals, as the face table stores it."""
        x1, y1, x2, y2 = (round(edge, DECIMALS) for edge in self.box)
        return Face((x1, y1, x2, y2), round(self.score, DECIMALS), self.source)


class FaceRow(NamedTuple):
    """A row of the face table: a :class:`Face` with its clip and frame."""

    clip: str
    frame: str
    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    source: Source


COLUMNS = list(FaceRow._fields)
BOX = ["x1", "y1", "x2", "y2"]
# Columns that a table from elsewhere may omit, and their defaults.
DEFAULTS: dict[str, object] = {"score": 1.0, "source": "detected"}
# A box found in a picture has no edges below and above these, in pixels, unless they are shares of the picture.
SHARES = (-0.5, 1.5)


def write_faces(path: Path, rows: Iterable[FaceRow]) -> None:
    """Write a face table, with boxes (pixels) and scores rounded to 2 decimals."""
    with atomic_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in rows:
            table.writerow(value if isinstance(value, str) else f"{value:.{DECIMALS}f}" for value in row)


def read_faces(path: Path) -> "pd.DataFrame":
    """Read a face table. Clip and frame names are text, even if they look like numbers.

    The file may omit the columns of ``DEFAULTS``, which then have default values.

    Raises:
        PipelineError: the file is missing or not a face table, or a box, score or source is invalid. Boxes in shares of
            the picture, or with a width and height, are invalid.
    """
    required = dict.fromkeys(("clip", "frame"), str) | dict.fromkeys(BOX, float)
    faces = read_table(path, required, "a face table", optional={"score": float, "source": str})
    unknown = [name for name in faces.columns if name not in COLUMNS]
    if unknown:
        raise PipelineError(f"{path}: unknown column {unknown[0]}; expected {', '.join(COLUMNS)}")
    faces = faces.assign(**{name: value for name, value in DEFAULTS.items() if name not in faces})[COLUMNS]
    boxes, side = faces[BOX].to_numpy(), limits().side
    # NaN fails every comparison.
    valid = (np.abs(boxes) <= side).all(axis=1) & (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
    valid &= faces["score"].between(0, 1).to_numpy() & faces["source"].isin(SOURCES).to_numpy()
    if not valid.all():
        row = int(np.argmin(valid))
        raise PipelineError(
            f"{_line(path, faces, row)}; expected x1 < x2 and y1 < y2 within {side} of 0, a score "
            f"from 0 to 1, and one of {', '.join(SOURCES)}{_width_hint(boxes[row])}"
        )
    # A picture of one pixel is a whole face of one pixel.
    shares = ((boxes > SHARES[0]) & (boxes < SHARES[1])).all(axis=1) & (faces["source"] != "whole_frame").to_numpy()
    if shares.any():
        raise PipelineError(
            f"{_line(path, faces, int(np.argmax(shares)))}, a box in shares of the picture; expected pixels: x1 and x2 "
            "times the picture's width, y1 and y2 times its height"
        )
    return faces


def _line(path: Path, faces: "pd.DataFrame", row: int) -> str:
    """A row of a face table as an error's start."""
    return f"{path}: line {row + 2} is {','.join(map(str, faces.iloc[row]))}"


def _width_hint(box: np.ndarray) -> str:
    """What to do about an invalid box whose last two values may be a width and a height."""
    x1, y1, x2, y2 = box
    is_width_and_height = min(x2, y2) > 0 and (x2 <= x1 or y2 <= y1)
    return "; x2 is x1 + width and y2 is y1 + height" if is_width_and_height else ""


def rows_of(clip: str, frame: str, faces: Sequence[Face]) -> list[FaceRow]:
    """The rows of a frame's faces, in their order."""
    return [FaceRow(clip, frame, *face.box, face.score, face.source) for face in faces]


def faces_by_clip(path: Path) -> dict[str, dict[str, list[Face]]]:
    """The faces of the face table ``path`` by clip and frame, in the table's order.

    Raises:
        PipelineError: see :func:`read_faces`.
    """
    faces: dict[str, dict[str, list[Face]]] = {}
    for row in read_faces(path).itertuples(index=False):
        face = Face((row.x1, row.y1, row.x2, row.y2), row.score, row.source)
        faces.setdefault(row.clip, {}).setdefault(row.frame, []).append(face)
    return faces


def faces_of(frames: Iterable[Frame], path: Path) -> list[list[Face]]:
    """The faces of each frame, in the order of the face table ``path``.

    Raises:
        PipelineError: see :func:`read_faces`; or the table lacks a frame. Every frame needs at least one face.
    """
    table = faces_by_clip(path)
    faces = []
    for frame in frames:
        frame_faces = table.get(frame.clip, {}).get(frame.name)
        if not frame_faces:
            raise PipelineError(
                f"{path}: no row for frame {frame.name} of clip {frame.clip}; expected the clips it was made from"
            )
        faces.append(frame_faces)
    return faces
