"""The sections ``ensemble``, ``grabcut`` and ``score``: from three predictions to a scored result."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Member = Literal["ocrnet", "eanet_add", "eanet_cat"]


class Ensemble(Section):
    """The voting models in the order of trust: a tie goes to the member that comes first."""

    members: Annotated[list[Member], Field(min_length=1)]


class GrabCut(Section):
    """The refinement: whose boundaries move, how far at most (pixels at the working size), and the work.

    ``size`` is the working size: the longer side of the face in pixels, to which larger faces are scaled down.
    """

    classes: list[str]
    band: Annotated[int, Field(ge=1)]
    iterations: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=32)]


class Score(Section):
    """The evaluation's choices."""

    classes: Literal["truth", "both"]
    skip_ends: bool
