"""The keys ``seg.model`` and ``seg.train``: the segmenters and their training."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

SegmenterModel = Literal["mini", "paper"]
Weight = Annotated[float, Field(ge=0)]


class LossWeights(Section):
    """The weights of L = aux * L_aux + seg * L_seg + edge * L_edge + attention * L_attention."""

    aux: Weight
    seg: Weight
    edge: Weight
    attention: Weight


class SegmenterTraining(Section):
    """The segmenters' training schedule; ``channels_last`` is the layout of images in memory.

    ``crop_size`` is the side of the square network input in pixels.
    """

    iterations: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    crop_size: Annotated[int, Field(ge=32)]
    lr: Annotated[float, Field(gt=0)]
    channels_last: bool
    balance: Annotated[float, Field(ge=0, le=1)]
    edge_width: Annotated[int, Field(ge=1)]
    loss: LossWeights
    seed: Annotated[int, Field(ge=0, lt=2**32)]
