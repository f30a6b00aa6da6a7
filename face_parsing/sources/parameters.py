"""The section ``data``: the source of the clips."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from face_parsing.core.parameters import Section

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


class DrawnSplit(Section):
    """Shares of val and test for a source without its own splits; train takes the rest."""

    val: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]
    seed: NonNegativeInt


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
