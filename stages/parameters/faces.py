"""The sections ``boxes``, ``det.test`` and ``crop``: from masks to boxes, from candidates to faces, to their crops."""

from typing import Annotated

from pydantic import Field

from stages.parameters.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]


class Boxes(Section):
    """What makes a face's box: every class but the excluded ones, specks under a minimum area (pixels) left out."""

    exclude: list[str]
    min_area: Annotated[int, Field(ge=1)]


class Detection(Section):
    """How candidates, boxes of at least ``score_threshold``, become faces.

    Each frame has one main face; a further one must reach ``further_score``.
    """

    batch_size: Annotated[int, Field(ge=1)]
    score_threshold: Share
    further_score: Share


class Crop(Section):
    """The square cut around a face, and the padding value where it leaves the frame.

    ``margin`` is a share of the box's longer side, kept on every side. Training crops keep ``context`` more, for jitter
    (the square that inference sees is their middle (1 + 2 margin) / (1 + 2 margin + 2 context)), and are stored with at
    most ``max_size`` pixels a side.
    """

    margin: Annotated[float, Field(ge=0, le=2)]
    context: Annotated[float, Field(ge=0, le=2)]
    max_size: Annotated[int, Field(ge=32)]
    pad_value: Annotated[int, Field(ge=0, le=255)]
