"""What distinguishes versions of a file: SHA-256 digests, the lines of sha256sum, and times with sizes."""

import hashlib
from pathlib import Path

Stamp = tuple[tuple[int, int], ...]


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sha256_line(path: Path, name: str) -> str:
    """The line that sha256sum prints for a file, which it calls ``name``.

    >>> sha256_line(Path("/dev/null"), "empty")[-8:]
    '  empty\\n'
    """
    return f"{sha256(path)}  {name}\n"


def stamp(*paths: Path) -> Stamp:
    """Modification times (ns) and sizes (bytes) of existing files, by which a process notices a new model."""
    return tuple((status.st_mtime_ns, status.st_size) for status in (path.stat() for path in paths if path.exists()))
