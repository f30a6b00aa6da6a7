"""The face table, faces.csv: one row a face, with the frames in their clip's order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from face_parsing.pipeline.clips import Frame
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import limits
from face_parsing.pipeline.outputs import whole_file
from face_parsing.pipeline.tables import read_table

# Where a box comes from: a candidate, the boxes of the frames around, or nowhere.
Source = Literal["detected", "interpolated", "whole_frame"]
SOURCES: tuple[Source, ...] = get_args(Source)
DECIMALS = 2  # of boxes and scores in the file


@dataclass(frozen=True)
class Face:
    """A face of one frame: its box (x1, y1, x2, y2, pixels, inside the frame), score, and where the box comes from."""

    box: tuple[float, float, float, float]
    score: float
    source: Source

    def rounded(self) -> "Face":
        """The face with two decimals, as the file holds it."""
        x1, y1, x2, y2 = (round(edge, DECIMALS) for edge in self.box)
        return Face((x1, y1, x2, y2), round(self.score, DECIMALS), self.source)


class FaceRow(NamedTuple):
    """A row of the face table: a face of a clip's frame; see :class:`Face`."""

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
# What a table that somebody wrote by hand may leave out, and what it then says of each face.
UNSAID: dict[str, object] = {"score": 1.0, "source": "detected"}


def write_faces(path: Path, rows: Iterable[FaceRow]) -> None:
    """Write the rows; boxes in pixels and scores with 2 decimals."""
    table = pd.DataFrame(list(rows), columns=COLUMNS)
    with whole_file(path) as partial:
        table.to_csv(partial, index=False, float_format=f"%.{DECIMALS}f", lineterminator="\n")


def read_faces(path: Path) -> pd.DataFrame:
    """The face table; names are text, also those that look like numbers. It may lack the columns ``UNSAID``.

    Raises:
        UserError: the file is missing or not such a table.
    """
    required = dict.fromkeys(("clip", "frame"), str) | dict.fromkeys(BOX, float)
    faces = read_table(path, required, "a face table", optional={"score": float, "source": str})
    unknown = [name for name in faces.columns if name not in COLUMNS]
    if unknown:
        raise UserError(f"{path}: unknown column {unknown[0]}; expected {', '.join(COLUMNS)}")
    faces = faces.assign(**{name: value for name, value in UNSAID.items() if name not in faces})[COLUMNS]
    boxes, side = faces[BOX].to_numpy(), limits().side
    # A comparison with no number is false.
    sound = (np.abs(boxes) <= side).all(axis=1) & (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
    sound &= faces["score"].between(0, 1).to_numpy() & faces["source"].isin(SOURCES).to_numpy()
    if not sound.all():
        row = int(np.argmin(sound))
        given = ",".join(map(str, faces.iloc[row]))
        raise UserError(
            f"{path}: line {row + 2} is {given}; expected x1 < x2 and y1 < y2 within {side} of 0, a score "
            f"from 0 to 1, and one of {', '.join(SOURCES)}"
        )
    return faces


def rows_of(clip: str, frame: str, faces: Sequence[Face]) -> list[FaceRow]:
    """The rows of a frame's faces, in their order."""
    return [FaceRow(clip, frame, *face.box, face.score, face.source) for face in faces]


def faces_by_clip(path: Path) -> dict[str, dict[str, list[Face]]]:
    """The faces of the face table ``path`` by clip and frame, in its order.

    Raises:
        UserError: see :func:`read_faces`.
    """
    faces: dict[str, dict[str, list[Face]]] = {}
    for row in read_faces(path).itertuples(index=False):
        face = Face((row.x1, row.y1, row.x2, row.y2), row.score, row.source)
        faces.setdefault(row.clip, {}).setdefault(row.frame, []).append(face)
    return faces


def faces_of(frames: Iterable[Frame], path: Path) -> list[list[Face]]:
    """The faces of each frame, in the order of the face table ``path``.

    Raises:
        UserError: see :func:`read_faces`; or the table lacks a frame, each of which has one face at least.
    """
    faces = faces_by_clip(path)
    found = []
    for frame in frames:
        of_frame = faces.get(frame.clip, {}).get(frame.name)
        if not of_frame:
            raise UserError(
                f"{path}: no row for frame {frame.name} of clip {frame.clip}; expected the clips it was made from"
            )
        found.append(of_frame)
    return found
