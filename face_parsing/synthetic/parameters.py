"""What is rendered: the section ``synthetic``, and a profile's section ``clips``."""

from typing import Annotated

from pydantic import Field

from face_parsing.pipeline.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


class PerSplit(Section):
    """A number of each split: of its clips, or of the frames of each clip."""

    train: Annotated[int, Field(ge=1)]
    val: Annotated[int, Field(ge=1)]
    test: Annotated[int, Field(ge=1)]

    def of(self, split: str) -> int:
        """The number of a split."""
        return getattr(self, split)


class Looks(Section):
    """How much of the real world's variety the clips have; each is a share of clips, drawn apart from the others."""

    people: Share
    covers: Share
    lights: Share
    scenery: Share
    camera: Share


class RenderedClips(Section):
    """How many clips there are, how many frames each has, their size in pixels, and what they show."""

    count: PerSplit
    frames: PerSplit
    width: Annotated[int, Field(ge=64)]
    height: Annotated[int, Field(ge=64)]
    looks: Looks


class Synthetic(Section):
    """The rendered face videos; each of the four troubles of real data is a share of clips or frames."""

    seed: Annotated[int, Field(ge=0)]
    small_faces: Share
    smallest_face: Annotated[float, Field(gt=0, le=1)]
    partial_faces: Share
    fast_turns: Share
    label_errors: Share
    bad_frames: Share
