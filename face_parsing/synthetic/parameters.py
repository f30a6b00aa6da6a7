"""Parameters of the renderer: the section ``synthetic`` and a profile's section ``clips``."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from face_parsing.core.parameters import Section, Share


class PerSplit(Section):
    """A number for each split: of its clips, or of the frames in each clip."""

    train: PositiveInt
    val: PositiveInt
    test: PositiveInt

    def of(self, split: str) -> int:
        """Return the number for a split."""
        return getattr(self, split)


class DomainRandomization(Section):
    """Shares of clips with real-world variety of each kind; each kind is drawn independently of the others.

    ``framing`` is of photographs: faces that fill the frame, or more than fill it.
    """

    people: Share
    occluders: Share
    lights: Share
    scenery: Share
    camera: Share
    framing: Share


class RenderedClips(Section):
    """The number of clips, the number of frames in each, their size in pixels, and their domain randomization."""

    count: PerSplit
    frames: PerSplit
    width: Annotated[int, Field(ge=64)]
    height: Annotated[int, Field(ge=64)]
    domain_randomization: DomainRandomization


class Synthetic(Section):
    """The rendered face videos; each defect of real data affects a share of the clips or frames."""

    seed: NonNegativeInt
    small_faces: Share
    smallest_face: Annotated[float, Field(gt=0, le=1)]
    partial_faces: Share
    fast_turns: Share
    label_errors: Share
    bad_frames: Share
