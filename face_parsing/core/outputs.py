"""Atomic outputs: a file or folder is written beside its path, then renamed to it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from face_parsing.core.errors import PipelineError


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory beside ``path`` that replaces it when the block ends without an error.

    Raises:
        PipelineError: the directory, or an output of the block, can't be written.
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
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a file path beside ``path`` that is renamed to it when the block ends without an error.

    Raises:
        PipelineError: the file, or an output of the block, can't be written.
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


def not_written(path: Path, error: OSError) -> PipelineError:
    """The error for an output that can't be written, for example because the disk is full."""
    return PipelineError(f"{path}: not written ({error}); expected a writable folder with free space")


def write_json(path: Path, numbers: Mapping[str, float | None]) -> None:
    """Write named numbers, such as a stage's metrics, as a JSON file."""
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
