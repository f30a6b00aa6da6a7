"""The section ``seg``: the three segmentation models and which of them is delivered."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Fusion = Literal["none", "add", "cat", "vote"]
SegmenterModel = Literal["mini", "paper"]
# The folder of the predictions that each delivers.
PREDICTION_OF: dict[Fusion, str] = {"none": "ocrnet", "add": "eanet_add", "cat": "eanet_cat", "vote": "ensemble"}
Weight = Annotated[float, Field(ge=0)]


class LossWeights(Section):
    """The weights of L = aux * L_aux + seg * L_seg + edge * L_edge + attention * L_attention."""

    aux: Weight
    seg: Weight
    edge: Weight
    attention: Weight


class SegmenterTraining(Section):
    """The segmenters' training schedule; ``processes`` share each batch.

    ``crop_size`` is the side of the square network input in pixels.
    """

    iterations: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    processes: Annotated[int, Field(ge=1)]
    crop_size: Annotated[int, Field(ge=32)]
    lr: Annotated[float, Field(gt=0)]
    balance: Annotated[float, Field(ge=0, le=1)]
    edge_width: Annotated[int, Field(ge=1)]
    loss: LossWeights
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class SegmenterTest(Section):
    """The segmenters' use: the side of the square network input, and how many crops go at once."""

    crop_size: Annotated[int, Field(ge=32)]
    batch_size: Annotated[int, Field(ge=1)]


class Segmenter(Section):
    """The segmenters: the delivered fusion, which config, initial weights, training, and use."""

    fusion: Fusion
    model: SegmenterModel
    pretrained: str | None
    train: SegmenterTraining
    test: SegmenterTest
