"""Reading CSV tables: within limits, with checked columns, and with errors in one line."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pandas as pd

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_text


def read_table(
    path: Path, columns: Mapping[str, type], expected: str, optional: Mapping[str, type] | None = None
) -> pd.DataFrame:
    """Read a CSV file. Text columns stay text, even if a value looks like a number or a missing value.

    Args:
        path: The file.
        columns: Types, str or float, of the required columns by name. Unknown columns are kept.
        expected: What the file should be, for the message: "a face table".
        optional: Types, str or float, of the optional columns by name.

    Raises:
        PipelineError: see :func:`face_parsing.core.texts.read_text`; or the file is not a table with these columns.
    """
    text = read_text(path, expected)
    dtypes = {**columns, **(optional or {})}
    try:
        table = pd.read_csv(StringIO(text), dtype=dtypes, keep_default_na=False, na_values=_missing(dtypes))
    except (ValueError, OverflowError, RecursionError) as error:  # pandas' errors are ValueErrors
        raise PipelineError(f"{path}: not a table ({' '.join(str(error).split())}); expected {expected}") from None
    if not isinstance(table.index, pd.RangeIndex):  # if every row has extra values, pandas uses them as the index
        raise PipelineError(f"{path}: more values than columns; expected {expected}")
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise PipelineError(f"{path}: no column {absent[0]}; expected {expected}, with {', '.join(columns)}")
    return table


def _missing(columns: Mapping[str, type]) -> dict[str, list[str]]:
    """The missing values of each column: an empty number is missing, text never is."""
    return {name: [""] if dtype is float else [] for name, dtype in columns.items()}
