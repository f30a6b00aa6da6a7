"""The sections ``data`` and ``synthetic``: where the clips come from."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


class Data(Section):
    """The source of the clips, where it lies, and its label table."""

    source: Literal["synthetic", "davis"]
    root: str | None
    labels: str


class ClipCounts(Section):
    """How many clips each split holds."""

    train: Annotated[int, Field(ge=1)]
    val: Annotated[int, Field(ge=1)]
    test: Annotated[int, Field(ge=1)]


class Synthetic(Section):
    """The rendered face videos; each of the four troubles of real data is a share of clips or frames."""

    seed: Annotated[int, Field(ge=0)]
    clips: ClipCounts
    frames: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=64)]
    height: Annotated[int, Field(ge=64)]
    small_faces: Share
    smallest_face: Annotated[float, Field(gt=0, le=1)]
    partial_faces: Share
    fast_turns: Share
    label_errors: Share
    bad_frames: Share
