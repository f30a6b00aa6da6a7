"""The sections ``boxes``, ``det.test``, ``crop`` and ``train_crops``: from masks to boxes, candidates, faces, crops."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


class Boxes(Section):
    """What makes a face's box: every class but the excluded ones, specks under a minimum area (pixels) left out."""

    exclude: list[str]
    min_area: Annotated[int, Field(ge=1)]


class Detection(Section):
    """How candidates, boxes of at least ``score_threshold``, become faces.

    Each frame has one main face; a further one must reach ``further_score``. With ``whole_frame`` for a ``finder``
    nothing is looked for: every frame is one face, which shows what finding it is worth.
    """

    finder: Literal["detector", "whole_frame"]
    batch_size: Annotated[int, Field(ge=1)]
    score_threshold: Share
    further_score: Share


class Crop(Section):
    """The square cut around a face, and the padding value where it leaves the frame.

    ``margin`` is a share of the box's longer side, kept on every side.
    """

    margin: Annotated[float, Field(ge=0, le=2)]
    pad_value: Annotated[int, Field(ge=0, le=255)]


class TrainCrops(Section):
    """The crops that segmenters are trained on: around which boxes, with how much around the square of inference.

    ``boxes`` are those that the detector found, as in the test frames, or the truth's, each of whose edges is moved by
    a normal deviate of ``jitter`` times the box's side. ``context`` is a share of the box's longer side, kept on every
    side beyond the margin: the square that inference sees is the middle (1 + 2 margin) / (1 + 2 margin + 2 context).
    Crops are stored with at most ``max_size`` pixels a side.
    """

    boxes: Literal["detected", "truth"]
    jitter: Annotated[float, Field(ge=0, le=0.5)]
    context: Annotated[float, Field(ge=0, le=2)]
    max_size: Annotated[int, Field(ge=32)]
