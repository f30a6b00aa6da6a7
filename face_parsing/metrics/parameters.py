"""Parameters of the evaluation, the section ``score``."""

from typing import Literal

from pydantic import NonNegativeInt

from face_parsing.core.parameters import Section


class Score(Section):
    """The evaluation's options. The report shows the ``worst`` frames with the lowest J."""

    classes: Literal["truth", "both"]
    skip_ends: bool
    worst: NonNegativeInt
