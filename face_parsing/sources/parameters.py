"""The section ``data``: the source of the clips."""

from pathlib import Path
from typing import Literal

from pydantic import PositiveInt

from face_parsing.core.errors import PipelineError
from face_parsing.core.parameters import PARAMETERS, Section
from face_parsing.sources.layouts.parameters import DrawnSplit

OnError = Literal["raise", "skip"]
STILLS = ("celebamask_hq", "face_synthetics", "helen", "lapa")  # sources of unrelated images, each a clip of its own


def local_path(name: str) -> Path:
    """The path of a folder or file that a parameter names, with a leading ``~`` or ``~user`` expanded.

    >>> local_path("faces").as_posix()
    'faces'
    """
    try:
        return Path(name).expanduser()
    except RuntimeError:  # there is no such user
        return Path(name)


def missing(path: Path, kind: str) -> str:
    """The end of an error line about a path without a file or folder: the absolute path that we looked for.

    Args:
        path: The path. It may be relative to the folder that the stage runs in.
        kind: What is expected there, "file" or "folder".
    """
    if path.exists():
        return f"{path.absolute()} is no {kind}"
    copied = "relative to the project, which dvc exp run --temp and --queue copy; give an absolute path"
    return f"there is no {path.absolute()}{'' if path.is_absolute() else f' ({copied})'}"


def source_folder(root: str | None) -> Path:
    """The local folder that ``data.root`` names.

    Raises:
        PipelineError: There is no such folder.
    """
    expected = f"{PARAMETERS}: data.root is {root or 'null'}; expected the folder that holds the source's clips"
    if not root:
        raise PipelineError(expected)
    path = local_path(root)
    if not path.is_dir():
        raise PipelineError(f"{expected}; {missing(path, 'folder')}")
    return path


class Data(Section):
    """The source of the clips and how it is imported.

    Attributes:
        source: Name of the source.
        root: Folder (see :func:`local_path`) or address of the source.
        labels: Label table, by its file or its name in configs/labels; None for the source's own.
        on_error: ``raise`` lists all errors and stops the pipeline; ``skip`` skips the invalid files.
        frames_per_still: Number of frames of the clip made from a single image.
        split: Shares of the drawn splits.
    """

    source: Literal["synthetic", "davis", "sfp", "celebamask_hq", "face_synthetics", "helen", "lapa"]
    root: str | None
    labels: str | None
    on_error: OnError
    frames_per_still: PositiveInt
    split: DrawnSplit
