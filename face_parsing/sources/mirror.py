"""A source on object storage, or wherever else fsspec reaches: a local copy whose files are fetched as they are needed.

Every file of the source has its place in the copy from the start, those that are not read yet empty, so that the source
is searched there like any other folder. A file has the remote one's time, by which a later one is told from it.
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

from face_parsing.pipeline.entry import UserError

CACHE = "FACE_PARSING_CACHE"  # in the environment: the folder of the copies
DEFAULT_CACHE = Path(".cache/sources")  # in the project, whose folder a cluster's workers see
LISTS = (".txt", ".csv")  # which a source reads to know what it has
TIMES = ("LastModified", "mtime", "updated", "last_modified", "created")  # as file systems name a file's time


def is_remote(root: str) -> bool:
    """Whether a source's root is an address, s3://bucket/folder, and no folder."""
    return "://" in root


@dataclass(frozen=True)
class Mirror:
    """The local copy of a remote folder.

    Attributes:
        address: The remote folder's, as fsspec takes it.
        folder: The local one.
    """

    address: str
    folder: Path

    def fetch(self, paths: Iterable[Path]) -> None:
        """Fetch those files of the copy that are not there yet.

        Raises:
            UserError: one can't be read, or written here.
        """
        missing = [path for path in paths if path.is_file() and path.stat().st_size == 0]
        if not missing:
            return
        with _told(self.address):
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

    def named(self, fault: str) -> str:
        """A fault that names the remote file in place of the copy."""
        return fault.replace(str(self.folder), self.address)


def mirror(address: str) -> Mirror:
    """The copy of a remote folder, brought up to its present files; lists are fetched.

    Raises:
        UserError: there is no such folder, it holds nothing, it can't be listed or copied, or what reads its kind of
            storage is not installed.
    """
    address = address.rstrip("/")
    cache = Path(os.environ.get(CACHE) or DEFAULT_CACHE).absolute()
    copy = Mirror(address, cache / address.replace("://", "/"))
    with _told(address):
        system, root = fsspec.core.url_to_fs(address)
        system.invalidate_cache()
        found = {PurePosixPath(path).relative_to(root): info for path, info in system.find(root, detail=True).items()}
        if not found:
            raise UserError(f"{address}: no files; expected the folder that holds the source's clips")
        for name, info in found.items():
            if ".." in name.parts:  # an object's name is any text, and must not lead out of the copy
                raise UserError(f"{address}/{name}: no plain name; expected one without ..")
            _place(copy.folder / name, info)
        for path in copy.folder.rglob("*"):
            if path.is_file() and PurePosixPath(path.relative_to(copy.folder)) not in found:
                path.unlink()
    copy.fetch(copy.folder / name for name in found if name.suffix in LISTS)
    return copy


def _place(path: Path, info: dict[str, Any]) -> None:
    """Give a remote file its place, empty, unless it is there as it is now."""
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
    """When a remote file was written, in nanoseconds, to the second."""
    time = next((info[name] for name in TIMES if info.get(name)), 0)
    if isinstance(time, str):
        time = datetime.fromisoformat(time.replace("Z", "+00:00"))
    seconds = time.timestamp() if isinstance(time, datetime) else float(time)
    return int(seconds) * 10**9


@contextmanager
def _told(address: str) -> Iterator[None]:
    """What storage and network raise, as a line: kinds of error are the storage's own."""
    try:
        yield
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{address}: {error}; expected pip install of what fsspec names") from None
    except Exception as error:
        said = " ".join(str(error).split())
        expected = "expected a folder that can be listed and read, with credentials in the environment"
        raise UserError(f"{address}: {type(error).__name__}: {said}; {expected}") from error
