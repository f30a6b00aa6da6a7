"""Parameters of face boxes, detection and crops: ``boxes``, ``det.test``, ``train_crops`` and a profile's keys."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from face_parsing.core.parameters import Section, Share

Finder = Literal["detector", "whole_frame"]
# Least side of the detector's input in pixels: the coarsest level has stride 32 and must hold a kernel of 3 pixels.
LEAST = 3 * 32


class Boxes(Section):
    """How label maps become boxes: which classes do not count as face, and the least area of a piece in pixels."""

    exclude: list[str]
    min_area: PositiveInt


class Detection(Section):
    """How candidates, boxes of at least ``score_threshold``, become faces.

    Each frame has one main face. A further face must reach ``secondary_face_threshold``. The ``finder`` ``whole_frame``
    detects nothing and takes every frame as one face, which is the baseline for the detector.
    """

    finder: Finder
    score_threshold: Share
    secondary_face_threshold: Share


class DetectorInput(Section):
    """A profile's section ``test.detect``: the detector's batch size in frames."""

    batch_size: PositiveInt


class TrainCrops(Section):
    """The segmenters' training crops: which boxes they are cut around, and how much context they add.

    ``boxes`` are the detector's, as for the test frames, or the ground truth's. A ground-truth box has each edge moved
    by a normal deviate of ``jitter`` times the box's side. ``context`` is added beyond the margin on every side, as a
    share of the box's longer side. The inference crop is the middle (1 + 2 margin) / (1 + 2 margin + 2 context).
    """

    boxes: Literal["detected", "truth"]
    jitter: Annotated[float, Field(ge=0, le=0.5)]
    context: Annotated[float, Field(ge=0, le=2)]


class StoredCrops(Section):
    """A profile's section ``crops``: the largest side of a stored training crop in pixels."""

    max_size: Annotated[int, Field(ge=32)]
