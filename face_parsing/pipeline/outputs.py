"""Outputs that appear under their name only when whole: written beside it, then renamed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory beside ``path`` that takes its place when the block ends without an error."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if path.exists():
            shutil.rmtree(path)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a file path beside ``path`` that is renamed to it when the block ends without an error."""
    path = Path(path)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, numbers: Mapping[str, float | None]) -> None:
    """Write numbers by name as a JSON file, such as a stage's metrics."""
    with whole_file(path) as partial:
        partial.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
