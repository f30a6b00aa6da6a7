"""The section ``data``: the source of the clips."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from face_parsing.core.parameters import Section

OnError = Literal["raise", "skip"]


class DrawnSplit(Section):
    """Shares of val and test for a source without its own splits; train takes the rest."""

    val: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]
    seed: NonNegativeInt


class Data(Section):
    """The source of the clips and how it is imported.

    Attributes:
        source: Name of the source.
        root: Folder or address of the source.
        labels: Label table; None for the source's own.
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
