"""The keys ``det.model`` and ``det.train``: the detector and its training."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section

DetectorModel = Literal["mini", "paper"]


class DetectorTraining(Section):
    """The detector's training schedule; ``channels_last`` is the layout of images in memory."""

    iterations: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    lr: Annotated[float, Field(gt=0)]
    channels_last: bool
    seed: Annotated[int, Field(ge=0, lt=2**32)]
