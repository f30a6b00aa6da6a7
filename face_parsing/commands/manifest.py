"""The outcomes of many inputs, in a table that grows as they are parsed and from which predict resumes."""

import csv
import os
from pathlib import Path
from typing import NamedTuple

from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file, not_written
from face_parsing.core.texts import read_text

DONE = "done"


class Row(NamedTuple):
    """One input and its outcome.

    Attributes:
        name: Path of the results below the output folder.
        input: Path of the input.
        outcome: ``done``, or the error.
        frames: Number of parsed frames.
        left_out: Number of images of a folder that were skipped.
        faces: Number of faces.
        seconds: Duration in seconds.
        version: Changes when the input changes; see :func:`version_of`.
    """

    name: str
    input: str
    outcome: str
    frames: int
    left_out: int
    faces: int
    seconds: float
    version: str


def version_of(path: Path) -> str:
    """A text that changes when an input changes; empty if the input is missing.

    It has a file's size and modification time, or a folder's number of files and latest modification time.
    """
    try:
        if not path.is_dir():
            status = path.stat()
            return f"{status.st_size}-{status.st_mtime_ns}"
        with os.scandir(path) as entries:
            statuses = [entry.stat() for entry in entries if not entry.name.startswith(".")]
    except (OSError, ValueError):
        return ""
    return f"{len(statuses)}-{max((status.st_mtime_ns for status in statuses), default=0)}"


class Manifest:
    """The rows of parsed inputs, appended to a CSV file.

    Rows of an earlier run are kept where their results exist. Rows of inputs with an error are dropped.

    Args:
        path: The file; it may exist, and its last line may be incomplete.
        output: The folder with the results.

    Raises:
        PipelineError: The file exists and is not a manifest, or can't be written.
    """

    def __init__(self, path: Path, output: Path):
        self.path = path
        earlier = read_manifest(path) if path.exists() else []
        self.rows = {row.name: row for row in earlier if row.outcome == DONE and (output / row.name).is_dir()}
        with atomic_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(Row._fields)
            table.writerows(self.rows.values())

    def has(self, name: str, version: str) -> bool:
        """Whether this version of an input was parsed."""
        return name in self.rows and self.rows[name].version == version

    def add(self, row: Row) -> None:
        """Append a row to the file.

        Raises:
            PipelineError: The file can't be written.
        """
        try:
            # A name may hold invalid Unicode or line breaks, but a row must be one line.
            with self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow([" ".join(str(value).splitlines()) for value in row])
        except OSError as error:
            raise not_written(self.path, error) from error
        self.rows[row.name] = row


def read_manifest(path: Path) -> list[Row]:
    """Read the rows of a manifest; an incomplete last line is ignored.

    Raises:
        PipelineError: The file is not a manifest; see also :func:`face_parsing.core.texts.read_text`.
    """
    lines = read_text(path, "a manifest of predict").split("\n")[:-1]
    try:
        header, *rows = csv.reader(lines, strict=True)
        if tuple(header) != Row._fields:
            raise ValueError
        return [
            Row(name, path_name, outcome, int(frames), int(left_out), int(faces), float(seconds), version)
            for name, path_name, outcome, frames, left_out, faces, seconds, version in rows
        ]
    except (ValueError, csv.Error):
        raise PipelineError(f"{path}: not a manifest of predict; expected one, or another --output") from None
