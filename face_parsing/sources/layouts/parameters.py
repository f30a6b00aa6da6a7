"""The section ``data.split``: the splits of a source without its own."""

from typing import Annotated

from pydantic import Field, NonNegativeInt

from face_parsing.core.parameters import Section


class DrawnSplit(Section):
    """Shares of val and test for a source without its own splits; train takes the rest."""

    val: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]
    seed: NonNegativeInt
