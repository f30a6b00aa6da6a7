"""The face table, faces.csv: one row a face, with the frames in their clip's order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import pandas as pd

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.outputs import whole_file

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


def write_faces(path: Path, rows: Iterable[FaceRow]) -> None:
    """Write the rows; boxes in pixels and scores with 2 decimals."""
    table = pd.DataFrame(list(rows), columns=COLUMNS)
    with whole_file(path) as partial:
        table.to_csv(partial, index=False, float_format=f"%.{DECIMALS}f", lineterminator="\n")


def read_faces(path: Path) -> pd.DataFrame:
    """The face table; names are text, also those that look like numbers.

    Raises:
        UserError: the file is missing or not such a table.
    """
    try:
        faces = pd.read_csv(
            path,
            dtype={"clip": str, "frame": str, "source": str} | dict.fromkeys([*BOX, "score"], float),
            na_filter=False,
        )
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected the face table that the detect stage writes") from None
    except ValueError as error:
        raise UserError(f"{path}: not a face table ({' '.join(str(error).split())})") from None
    if list(faces.columns) != COLUMNS:
        raise UserError(f"{path}: columns {', '.join(faces.columns)}; expected {', '.join(COLUMNS)}")
    return faces


def rows_of(clip: str, frame: str, faces: Sequence[Face]) -> list[FaceRow]:
    """The rows of a frame's faces, in their order."""
    return [FaceRow(clip, frame, *face.box, face.score, face.source) for face in faces]


def faces_by_frame(table: pd.DataFrame) -> dict[tuple[str, str], list[Face]]:
    """The faces of each (clip, frame), in the table's order."""
    faces: dict[tuple[str, str], list[Face]] = {}
    for row in table[COLUMNS].itertuples(index=False):
        box = (row.x1, row.y1, row.x2, row.y2)
        faces.setdefault((row.clip, row.frame), []).append(Face(box, row.score, row.source))
    return faces
