"""Outputs that appear under their name only when whole: written beside it, then renamed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from face_parsing.pipeline.entry import UserError


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory beside ``path`` that takes its place when the block ends without an error.

    Raises:
        UserError: the directory, or something that the block writes, can't be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        if path.exists():
            shutil.rmtree(path)
        partial.rename(path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a file path beside ``path`` that is renamed to it when the block ends without an error.

    Raises:
        UserError: the file, or something that the block writes, can't be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> UserError:
    """What a full disk, say, makes of an output."""
    return UserError(f"{path}: not written ({error}); expected a place that can be written to, and room")


def write_json(path: Path, numbers: Mapping[str, float | None]) -> None:
    """Write numbers by name as a JSON file, such as a stage's metrics."""
    with whole_file(path) as partial:
        partial.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
