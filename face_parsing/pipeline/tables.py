"""CSV tables: within limits, and with the columns that they should have, or refused in one line."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pandas as pd

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.texts import read_text


def read_table(
    path: Path, columns: Mapping[str, type], expected: str, optional: Mapping[str, type] | None = None
) -> pd.DataFrame:
    """The table of a CSV file; names are text, also those that look like numbers or like nothing.

    Args:
        path: The file.
        columns: Those that the table must have, by name, str or float. Others come too.
        expected: What the file should be, for the message: "a face table".
        optional: Columns that it may lack, likewise.

    Raises:
        UserError: see :func:`face_parsing.pipeline.texts.read_text`; or it is no such table.
    """
    text = read_text(path, expected)
    kinds = {**columns, **(optional or {})}
    try:
        table = pd.read_csv(StringIO(text), dtype=kinds, keep_default_na=False, na_values=_missing(kinds))
    except (ValueError, OverflowError, RecursionError) as error:  # pandas' own are such
        raise UserError(f"{path}: no table ({' '.join(str(error).split())}); expected {expected}") from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes what is too much in every row for the rows' names
        raise UserError(f"{path}: more values than columns; expected {expected}")
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise UserError(f"{path}: no column {absent[0]}; expected {expected}, with {', '.join(columns)}")
    return table


def _missing(columns: Mapping[str, type]) -> dict[str, list[str]]:
    """What stands for no number; a name is never missing."""
    return {name: [""] if kind is float else [] for name, kind in columns.items()}
