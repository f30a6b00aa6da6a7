"""From masks to boxes, candidates, faces and crops: the keys ``boxes``, ``det.test``, ``crop``, ``train_crops``, and
those of a profile that go with them."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section

Share = Annotated[float, Field(ge=0, le=1)]
Finder = Literal["detector", "whole_frame"]


class Boxes(Section):
    """What makes a face's box: every class but the excluded ones, specks under a minimum area (pixels) left out."""

    exclude: list[str]
    min_area: Annotated[int, Field(ge=1)]


class Detection(Section):
    """How candidates, boxes of at least ``score_threshold``, become faces.

    Each frame has one main face; a further one must reach ``further_score``. With ``whole_frame`` for a ``finder``
    nothing is looked for: every frame is one face, which shows what finding it is worth.
    """

    finder: Finder
    score_threshold: Share
    further_score: Share


class DetectorInput(Section):
    """A profile's section ``test.detect``: how many frames go through the detector at once."""

    batch_size: Annotated[int, Field(ge=1)]


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
    """

    boxes: Literal["detected", "truth"]
    jitter: Annotated[float, Field(ge=0, le=0.5)]
    context: Annotated[float, Field(ge=0, le=2)]


class StoredCrops(Section):
    """A profile's section ``crops``: at most how many pixels a side a training crop is stored with."""

    max_size: Annotated[int, Field(ge=32)]
