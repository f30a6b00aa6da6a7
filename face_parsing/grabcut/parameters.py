"""The section ``grabcut``."""

from typing import Annotated

from pydantic import Field

from face_parsing.pipeline.reading import Section


class GrabCut(Section):
    """The refinement: whose boundaries move, how far at most (pixels at the working size), and the work.

    ``size`` is the working size: the longer side of the face in pixels, to which larger faces are scaled down.
    """

    classes: list[str]
    band: Annotated[int, Field(ge=1)]
    iterations: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=32)]
