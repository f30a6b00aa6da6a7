"""Parameters of GrabCut: the section ``grabcut``."""

from typing import Annotated

from pydantic import Field, PositiveInt

from face_parsing.core.parameters import Section


class GrabCut(Section):
    """Refinement of the boundaries of ``classes`` in ``iterations`` of GrabCut.

    Boundaries move by at most ``band`` pixels at the working size. ``size`` is the working size: larger faces are
    scaled down to this longer side in pixels.
    """

    classes: list[str]
    band: PositiveInt
    iterations: PositiveInt
    size: Annotated[int, Field(ge=32)]
