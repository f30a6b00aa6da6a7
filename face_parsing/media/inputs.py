"""The inputs of predict, from the command line, a list or a tree of folders, and the names of their results."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_text
from face_parsing.imaging.pictures import is_image
from face_parsing.media.reading import name_of

VIDEO_SUFFIXES = (".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv")
IMAGES = "images"  # name of the results of a folder's images if there are other inputs below the folder


class Input(NamedTuple):
    """An image, a folder of images or a video, and the name of its results, such as clip or a/b/clip."""

    path: Path
    name: str


def given(paths: Iterable[Path]) -> list[Input]:
    """Inputs that are named one by one; each result has the name of its input.

    Raises:
        PipelineError: Two inputs have the same name.
    """
    inputs = [Input(path, name_of(path)) for path in paths]
    _check_apart(inputs)
    return inputs


def listed(file: Path) -> list[Input]:
    """The inputs that a text file lists, one path a line; results keep the paths below the inputs' common folder.

    Raises:
        PipelineError: The file is not text or lists nothing, two results have the same name, or one lies in another.
    """
    paths = [Path(line) for line in read_text(file, "one path a line").splitlines() if line.strip()]
    if not paths:
        raise PipelineError(f"{file}: no inputs; expected one path a line")
    inputs = _named(paths, Path(os.path.commonpath([Path(os.path.abspath(path)).parent for path in paths])))
    _check_apart(inputs)
    return inputs


def below(folder: Path) -> list[Input]:
    """Every folder of images and every video below a folder, including itself; hidden ones are skipped.

    Results keep the folder tree. If inputs lie below a folder of images, the results of its images have the name
    ``images`` in it. Of files with one name and different suffixes, the results' names have the suffix.

    Raises:
        PipelineError: It is not a folder or holds no such inputs.
    """
    if not folder.is_dir():
        raise PipelineError(f"{folder}: not a folder; expected one with folders of images or videos below it")
    paths = list(_found(folder))
    if not paths:
        raise PipelineError(f"{folder}: no images and no videos ({', '.join(VIDEO_SUFFIXES)}) below it")
    root = Path(os.path.abspath(folder))
    return _kept_apart(_named(paths, root.parent if folder in paths else root))


def _found(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = [name for name in sorted(files) if not name.startswith(".")]
        videos = [name for name in visible if Path(name).suffix.lower() in VIDEO_SUFFIXES]
        if any(is_image(Path(parent, name)) for name in visible if name not in videos):
            yield Path(parent)
        yield from (Path(parent, name) for name in videos)


def _named(paths: Iterable[Path], root: Path) -> list[Input]:
    inputs = []
    for path in paths:
        relative = Path(os.path.abspath(path)).relative_to(root)
        # Unlike Path.is_dir, isdir accepts invalid paths, which are reported when they are opened.
        name = relative.name if os.path.isdir(path) else relative.stem
        inputs.append(Input(path, (relative.parent / name).as_posix()))
    return inputs


def _kept_apart(inputs: Sequence[Input]) -> list[Input]:
    counts = Counter(name for _, name in inputs)
    parents = {parent.as_posix() for _, name in inputs for parent in PurePosixPath(name).parents}
    taken, apart = set(counts) | parents, []
    for path, name in inputs:
        if path.is_dir() and name in parents:
            name = f"{name}/{IMAGES}"
            while name in taken:
                name += "_"
        elif not path.is_dir() and (counts[name] > 1 or name in parents):
            name += path.suffix
        apart.append(Input(path, name))
    _check_apart(apart)
    return apart


def _check_apart(inputs: Iterable[Input]) -> None:
    """Check that no result replaces another or lies in another's folder, which is replaced as a whole."""
    # Sorted, a folder comes directly before its contents.
    names = sorted(tuple(name.split("/")) for _, name in inputs)
    for name, following in pairwise(names):
        if name == following:
            raise PipelineError(f"{'/'.join(name)}: two inputs have this name; expected different names")
        if following[: len(name)] == name:
            raise PipelineError(
                f"{'/'.join(name)}, {'/'.join(following)}: one lies in the other's folder; expected separate folders"
            )
