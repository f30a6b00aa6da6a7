"""The section ``data``: where the clips come from."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section

OnFault = Literal["stop", "skip"]


class DrawnSplit(Section):
    """The shares of val and test where a source has no splits of its own; train takes the rest."""

    val: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]
    seed: Annotated[int, Field(ge=0)]


class Data(Section):
    """The source of the clips, where it lies, its label table (None: the source's own), and how it is brought in.

    With ``on_fault`` the first fault stops the pipeline, after all were listed, or the frames at fault are left out.
    Each still becomes a clip of ``animate`` frames.
    """

    source: Literal["synthetic", "davis", "sfp", "celebamask_hq", "face_synthetics", "helen", "lapa"]
    root: str | None
    labels: str | None
    on_fault: OnFault
    animate: Annotated[int, Field(ge=1)]
    split: DrawnSplit
