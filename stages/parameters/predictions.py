"""The keys ``seg.test``, ``seg.fusion`` and ``ensemble``: what the models predict, and which is delivered."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Fusion = Literal["none", "add", "cat", "vote"]
# The folder of the predictions that each delivers.
PREDICTION_OF: dict[Fusion, str] = {"none": "ocrnet", "add": "eanet_add", "cat": "eanet_cat", "vote": "ensemble"}
Member = Literal["ocrnet", "eanet_add", "eanet_cat"]


class SegmenterTest(Section):
    """The segmenters' use: the side of the square network input, and how many crops go at once."""

    crop_size: Annotated[int, Field(ge=32)]
    batch_size: Annotated[int, Field(ge=1)]


class Ensemble(Section):
    """The voting models in the order of trust: a tie goes to the member that comes first."""

    members: Annotated[list[Member], Field(min_length=1)]
