"""The section ``score``."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section


class Score(Section):
    """The evaluation's choices; of ``worst`` frames, those of the lowest J, there are pictures in the report."""

    classes: Literal["truth", "both"]
    skip_ends: bool
    worst: Annotated[int, Field(ge=0)]
