"""The sections ``boxes``, ``det`` and ``crop``: finding faces and cutting them out."""

from typing import Annotated, Literal

from pydantic import Field

from stages.parameters.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


class Boxes(Section):
    """What makes a face's box: every class but the excluded ones, specks under a minimum area (pixels) left out."""

    exclude: list[str]
    min_area: Annotated[int, Field(ge=1)]


class DetectorTraining(Section):
    """The detector's training schedule."""

    iterations: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    lr: Annotated[float, Field(gt=0)]
    seed: Annotated[int, Field(ge=0)]


class Detection(Section):
    """How candidates become faces."""

    batch_size: Annotated[int, Field(ge=1)]
    score_threshold: Share


class Detector(Section):
    """The detector: which config, its initial weights, its training, and its use."""

    model: Literal["mini", "paper"]
    pretrained: str | None
    train: DetectorTraining
    test: Detection


class Crop(Section):
    """The square cut around a face: margin as a share of the box's longer side, padding value."""

    margin: Annotated[float, Field(ge=0, le=2)]
    pad_value: Annotated[int, Field(ge=0, le=255)]
