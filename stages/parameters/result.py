"""The sections ``grabcut`` and ``score``: from a prediction to a scored result."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section


class GrabCut(Section):
    """The refinement: whose boundaries move, how far at most (pixels at the working size), and the work.

    ``size`` is the working size: the longer side of the face in pixels, to which larger faces are scaled down.
    """

    classes: list[str]
    band: Annotated[int, Field(ge=1)]
    iterations: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=32)]


class Score(Section):
    """The evaluation's choices; of ``worst`` frames, those of the lowest J, there are pictures in the report."""

    classes: Literal["truth", "both"]
    skip_ends: bool
    worst: Annotated[int, Field(ge=0)]
