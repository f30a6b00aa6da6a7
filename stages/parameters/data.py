"""The sections ``data`` and ``synthetic``: where the clips come from."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


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
    on_fault: Literal["stop", "skip"]
    animate: Annotated[int, Field(ge=1)]
    split: DrawnSplit


class PerSplit(Section):
    """A number of each split: of its clips, or of the frames of each clip."""

    train: Annotated[int, Field(ge=1)]
    val: Annotated[int, Field(ge=1)]
    test: Annotated[int, Field(ge=1)]

    def of(self, split: str) -> int:
        """The number of a split."""
        return getattr(self, split)


class Synthetic(Section):
    """The rendered face videos; each of the four troubles of real data is a share of clips or frames."""

    seed: Annotated[int, Field(ge=0)]
    clips: PerSplit
    frames: PerSplit
    width: Annotated[int, Field(ge=64)]
    height: Annotated[int, Field(ge=64)]
    small_faces: Share
    smallest_face: Annotated[float, Field(gt=0, le=1)]
    partial_faces: Share
    fast_turns: Share
    label_errors: Share
    bad_frames: Share
