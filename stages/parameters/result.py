"""The sections ``ensemble``, ``grabcut`` and ``score``: from three predictions to a scored result."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Member = Literal["ocrnet", "eanet_add", "eanet_cat"]


class Ensemble(Section):
    """The voting models in the order of trust: a tie goes to the member that comes first."""

    members: Annotated[list[Member], Field(min_length=1)]


class GrabCut(Section):
    """The refinement: how wide a band around each boundary is open (pixels at the working size), and its work."""

    band: Annotated[int, Field(ge=1)]
    iterations: Annotated[int, Field(ge=0)]


class Score(Section):
    """The evaluation's choices."""

    classes: Literal["truth", "both"]
    skip_ends: bool
