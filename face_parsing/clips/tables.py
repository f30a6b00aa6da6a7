"""Reading CSV tables: within limits, with checked columns, and with errors in one line."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_text

if TYPE_CHECKING:
    import pandas as pd

SHOWN_COLUMNS = 8  # of a header in an error
SEPARATORS = {";": "semicolons", "\t": "tabs"}  # of files that are refused


def read_table(
    path: Path, columns: Mapping[str, type], expected: str, optional: Mapping[str, type] | None = None
) -> "pd.DataFrame":
    """Read a CSV file. Text columns stay text, even if a value looks like a number or a missing value.

    Args:
        path: The file.
        columns: Types, str or float, of the required columns by name. Unknown columns are kept.
        expected: What the file should be, for the message: "a face table".
        optional: Types, str or float, of the optional columns by name.

    Raises:
        PipelineError: see :func:`face_parsing.core.texts.read_text`; or the file is not a table with these columns. Or
            pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:  # an installation without the extra train parses faces, but reads no tables
        raise PipelineError(f"{path}: reading tables requires pandas; expected the extra train") from None

    text = read_text(path, expected)
    _check_separator(path, text, columns)
    dtypes = {**columns, **(optional or {})}
    try:
        table = pd.read_csv(StringIO(text), dtype=dtypes, keep_default_na=False, na_values=_missing(dtypes))
    except (ValueError, OverflowError, RecursionError) as error:  # pandas' errors are ValueErrors
        raise PipelineError(f"{path}: not a table ({' '.join(str(error).split())}); expected {expected}") from None
    if not isinstance(table.index, pd.RangeIndex):  # if every row has extra values, pandas uses them as the index
        raise PipelineError(f"{path}: more values than columns; expected {expected}")
    absent = [name for name in columns if name not in table.columns]
    if absent:
        header = ", ".join(map(str, table.columns[:SHOWN_COLUMNS])) + ", ..." * (len(table.columns) > SHOWN_COLUMNS)
        raise PipelineError(
            f"{path}: no column {absent[0]} among {header}; expected {expected}, with {', '.join(columns)}"
        )
    return table


def _check_separator(path: Path, text: str, columns: Mapping[str, type]) -> None:
    """Check that the header separates its columns by commas.

    Spreadsheets of many countries write semicolons, and decimal commas in the values, so we refuse such a file.
    """
    header = text.partition("\n")[0]
    for separator, name in SEPARATORS.items():
        if separator in header and "," not in header:
            raise PipelineError(f"{path}: columns separated by {name}; expected commas, as in {','.join(columns)}")


def _missing(columns: Mapping[str, type]) -> dict[str, list[str]]:
    """The missing values of each column: an empty number is missing, text never is."""
    return {name: [""] if dtype is float else [] for name, dtype in columns.items()}
