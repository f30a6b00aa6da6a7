"""What predict is given: on the command line, in a list, or as a tree of folders; and where each input's results go."""

import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.pictures import IMAGE_SUFFIXES
from face_parsing.pipeline.texts import read_text
from face_parsing.sources.footage import name_of

VIDEO_SUFFIXES = (".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv")


class Input(NamedTuple):
    """An image, a folder of images or a video, and the name of its results, which may lie in folders: a/b/clip."""

    path: Path
    name: str


def given(paths: Iterable[Path]) -> list[Input]:
    """Inputs that are named one by one; their results have their own names.

    Raises:
        UserError: two of them have one name.
    """
    inputs = [Input(path, name_of(path)) for path in paths]
    _check_apart(inputs)
    return inputs


def listed(file: Path) -> list[Input]:
    """The inputs that a text file names, a path a line; their results lie as they do below the folder of all of them.

    Raises:
        UserError: the file is no text or names nothing, or two results would be of one name, or one in the other.
    """
    paths = [Path(line) for line in read_text(file, "a path a line").splitlines() if line.strip()]
    if not paths:
        raise UserError(f"{file}: names no input; expected a path a line")
    return _placed(paths, Path(os.path.commonpath([Path(os.path.abspath(path)).parent for path in paths])))


def below(folder: Path) -> list[Input]:
    """Every folder of images and every video below a folder, itself included; hidden ones are passed over.

    Raises:
        UserError: it is no folder, holds nothing of that kind, or one result would lie in the other.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no folder; expected one with folders of images, or videos, below it")
    paths = list(_found(folder))
    if not paths:
        raise UserError(f"{folder}: no images and no videos ({', '.join(VIDEO_SUFFIXES)}) below it")
    root = Path(os.path.abspath(folder))
    return _placed(paths, root.parent if folder in paths else root)


def _found(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen = [name for name in sorted(files) if not name.startswith(".")]
        if any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in seen):
            yield Path(place)
        yield from (Path(place, name) for name in seen if Path(name).suffix.lower() in VIDEO_SUFFIXES)


def _placed(paths: Iterable[Path], root: Path) -> list[Input]:
    inputs = []
    for path in paths:
        place = Path(os.path.abspath(path)).relative_to(root)
        # Also of a path that the system would not look for: it is refused when its turn comes.
        name = place.name if os.path.isdir(path) else place.stem
        inputs.append(Input(path, (place.parent / name).as_posix()))
    _check_apart(inputs)
    return inputs


def _check_apart(inputs: Iterable[Input]) -> None:
    """Check that no result takes another's place, or would lie in another's folder, which is replaced as a whole."""
    # A folder comes right before what lies in it.
    names = sorted(tuple(name.split("/")) for _, name in inputs)
    for one, other in pairwise(names):
        if one == other:
            raise UserError(f"{'/'.join(one)}: two inputs of one name; expected names that tell their results apart")
        if other[: len(one)] == one:
            raise UserError(
                f"{'/'.join(one)}, {'/'.join(other)}: two inputs, one in the other's folder; expected them side by side"
            )
