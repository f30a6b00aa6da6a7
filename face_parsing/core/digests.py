"""SHA-256 digests of files, alone and as the lines of sha256sum."""

import hashlib
from pathlib import Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sha256_line(path: Path, name: str) -> str:
    """The line that sha256sum prints for a file, which it calls ``name``.

    >>> sha256_line(Path("/dev/null"), "empty")[-8:]
    '  empty\\n'
    """
    return f"{sha256(path)}  {name}\n"
