"""Atomic outputs: a file or folder is written beside its path, then renamed to it."""

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from face_parsing.core.errors import PipelineError, error_context

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory beside ``path`` that replaces it when the block ends without an error.

    Raises:
        PipelineError: the directory, or an output of the block, can't be written; or the block raises another
            ``OSError``, such as for an input that can't be read.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with _write_errors(path):
            partial.mkdir(parents=True)
        with _block_errors(path, partial):
            yield partial
        with _write_errors(path):
            if path.exists():
                shutil.rmtree(path)
            partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a file path beside ``path`` that is renamed to it when the block ends without an error.

    Raises:
        PipelineError: see :func:`atomic_directory`.
    """
    path = Path(path)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        with _write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with _block_errors(path, partial):
            yield partial
        with _write_errors(path):
            partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> PipelineError:
    """The error for an output that can't be written, for example because the disk is full."""
    return PipelineError(f"{path}: not written ({error}); expected a writable folder with free space")


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    """Turn any ``OSError`` of the block into the error for an output that can't be written."""
    try:
        yield
    except OSError as error:
        raise not_written(path, error) from error


@contextmanager
def _block_errors(path: Path, partial: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a one-line error, which asks for space or permission only if that helps."""
    try:
        yield
    except OSError as error:
        if _unwritable(error, partial):
            raise not_written(path, error) from error
        with error_context(path):
            raise


def _unwritable(error: OSError, partial: Path) -> bool:
    """Whether the disk is full, or an output at or below ``partial`` is denied."""
    if error.errno in FULL:
        return True
    # A file name may also be bytes or a descriptor's number.
    inside = error.filename is None or Path(str(error.filename)).absolute().is_relative_to(partial.absolute())
    return error.errno in DENIED and inside


def write_json(path: Path, numbers: Mapping[str, float | None]) -> None:
    """Write named numbers, such as a stage's metrics, as a JSON file."""
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
