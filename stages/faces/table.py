"""The face table, faces.csv: one row a face, with the frames in their clip's order."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from stages.pipeline.entry import UserError
from stages.pipeline.outputs import whole_file

COLUMNS = ["clip", "frame", "x1", "y1", "x2", "y2", "score", "source"]
BOX = ["x1", "y1", "x2", "y2"]


def write_faces(path: Path, rows: Iterable[tuple]) -> None:
    """Write rows of COLUMNS; boxes in pixels and scores with 2 decimals."""
    with whole_file(path) as partial:
        pd.DataFrame(list(rows), columns=COLUMNS).to_csv(partial, index=False, float_format="%.2f", lineterminator="\n")


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
