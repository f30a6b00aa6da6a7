"""What became of many inputs: a table that grows as they are done, and from which a run that was cut off goes on."""

import csv
import os
from pathlib import Path
from typing import NamedTuple

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.outputs import not_written, whole_file
from face_parsing.pipeline.texts import read_text

DONE = "done"


class Row(NamedTuple):
    """One input: where its results are below the output, what became of it, and what it was.

    Attributes:
        name: Of the results.
        input: Its path.
        outcome: ``done``, or the fault.
        frames: How many were parsed.
        left_out: How many images of a folder could not be.
        faces: How many there are.
        seconds: That it took.
        version: Tells the input from a later one at its path.
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
    """What changes when an input does: its size and when it was written; of a folder, how many files, and the newest.

    Nothing where there is no input.
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
    """The rows of inputs that are done, kept in a CSV file as they come.

    What an earlier run did and what has not changed since is kept. What it could not parse is forgotten.

    Args:
        path: The file; it may be there, and its last line cut off.
        output: The folder that the results are in.

    Raises:
        UserError: the file is there and no manifest, or can't be written.
    """

    def __init__(self, path: Path, output: Path):
        self.path = path
        earlier = read_manifest(path) if path.exists() else []
        self.rows = {row.name: row for row in earlier if row.outcome == DONE and (output / row.name).is_dir()}
        with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(Row._fields)
            table.writerows(self.rows.values())

    def has(self, name: str, version: str) -> bool:
        """Whether an input was done, as it is now."""
        return name in self.rows and self.rows[name].version == version

    def add(self, row: Row) -> None:
        """Append a row; it is in the file when this returns.

        Raises:
            UserError: the file can't be written.
        """
        try:
            # A name may hold what is no text; a row is one line all the same.
            with self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow([" ".join(str(value).splitlines()) for value in row])
        except OSError as error:
            raise not_written(self.path, error) from error
        self.rows[row.name] = row


def read_manifest(path: Path) -> list[Row]:
    """The rows of a manifest; a last line that the end of a run cut off is passed over.

    Raises:
        UserError: it is none, or see :func:`face_parsing.pipeline.texts.read_text`.
    """
    lines = read_text(path, "a manifest of predict").split("\n")[:-1]
    try:
        header, *rows = csv.reader(lines, strict=True)
        if tuple(header) != Row._fields:
            raise ValueError
        return [
            Row(name, given, outcome, int(frames), int(left_out), int(faces), float(seconds), version)
            for name, given, outcome, frames, left_out, faces, seconds, version in rows
        ]
    except (ValueError, csv.Error):
        raise UserError(f"{path}: no manifest of predict; expected one, or another --output") from None
