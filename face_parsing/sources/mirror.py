"""A local copy of a source on object storage, or anywhere else that fsspec reaches.

Files are fetched on first use. Until then the copy holds an empty file in their place, so a source searches the copy
like any other folder. A file has the remote file's modification time, which detects later changes.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from face_parsing.core.errors import PipelineError

CACHE = "FACE_PARSING_CACHE"  # environment variable: the folder of the copies
DEFAULT_CACHE = Path(".cache/sources")  # below the project, which a cluster's workers share
LISTS = (".txt", ".csv")  # files that a source reads to list its frames
TIMES = ("LastModified", "mtime", "updated", "last_modified", "created")  # names of the modification time


def is_remote(root: str) -> bool:
    """Whether a source's root is an address such as s3://bucket/folder."""
    return "://" in root


@dataclass(frozen=True)
class Mirror:
    """The local copy of a remote folder.

    Attributes:
        address: The remote folder, as fsspec takes it.
        folder: The local folder.
    """

    address: str
    folder: Path

    def fetch(self, paths: Iterable[Path]) -> None:
        """Fetch those files of the copy that are still empty.

        Raises:
            PipelineError: A file can't be read or written.
        """
        missing = [path for path in paths if path.is_file() and path.stat().st_size == 0]
        if not missing:
            return
        with _storage_errors(self.address):
            system, root = fsspec.core.url_to_fs(self.address)
            partial = [path.with_name(f".{path.name}.{os.getpid()}.partial") for path in missing]
            remote = [f"{root}/{path.relative_to(self.folder).as_posix()}" for path in missing]
            try:
                system.get(remote, list(map(str, partial)))
                for path, new in zip(missing, partial, strict=True):
                    time = path.stat().st_mtime_ns
                    os.utime(new, ns=(time, time))
                    new.replace(path)
            finally:
                for new in partial:
                    new.unlink(missing_ok=True)

    def named(self, error: str) -> str:
        """An error message that names the remote file in place of the copy."""
        return error.replace(str(self.folder), self.address)


def mirror(address: str) -> Mirror:
    """Create or update the copy of a remote folder, and fetch its lists.

    Raises:
        PipelineError: The folder is missing or empty, can't be listed or copied, or the package for its kind of storage
            is not installed.
    """
    address = address.rstrip("/")
    cache = Path(os.environ.get(CACHE) or DEFAULT_CACHE).absolute()
    copy = Mirror(address, cache / address.replace("://", "/"))
    with _storage_errors(address):
        system, root = fsspec.core.url_to_fs(address)
        system.invalidate_cache()
        found = {PurePosixPath(path).relative_to(root): info for path, info in system.find(root, detail=True).items()}
        if not found:
            raise PipelineError(f"{address}: no files; expected the folder that holds the source's clips")
        for name, info in found.items():
            if ".." in name.parts:  # an object's name is any text, and must not lead out of the copy
                raise PipelineError(f"{address}/{name}: the name contains ..; expected one without")
            _place(copy.folder / name, info)
        for path in copy.folder.rglob("*"):
            if path.is_file() and PurePosixPath(path.relative_to(copy.folder)) not in found:
                path.unlink()
    copy.fetch(copy.folder / name for name in found if name.suffix in LISTS)
    return copy


def _place(path: Path, info: dict[str, Any]) -> None:
    """Create an empty file for a remote file, unless the copy is up to date."""
    time = _time(info)
    if path.is_file():
        status = path.stat()
        if status.st_mtime_ns == time and status.st_size in (0, info["size"]):
            return
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    os.utime(path, ns=(time, time))


def _time(info: dict[str, Any]) -> int:
    """Modification time of a remote file in nanoseconds, rounded down to seconds."""
    time = next((info[name] for name in TIMES if info.get(name)), 0)
    if isinstance(time, str):
        time = datetime.fromisoformat(time.replace("Z", "+00:00"))
    seconds = time.timestamp() if isinstance(time, datetime) else float(time)
    return int(seconds) * 10**9


@contextmanager
def _storage_errors(address: str) -> Iterator[None]:
    """Turn errors of storage and network, whose types vary, into one line."""
    try:
        yield
    except PipelineError:
        raise
    except ImportError as error:
        raise PipelineError(f"{address}: {error}; expected the package that fsspec names") from None
    except Exception as error:
        message = " ".join(str(error).split())
        expected = "expected a folder that can be listed and read, with credentials in the environment"
        raise PipelineError(f"{address}: {type(error).__name__}: {message}; {expected}") from error
