"""Parameters of inference: ``seg.test``, ``ensemble``, ``temporal_smoothing``, and a profile's ``test.segment``."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from face_parsing.core.model_names import Model
from face_parsing.core.parameters import Section, Share
from face_parsing.core.schedules import InputSide

Vote = Literal["hard", "soft"]
Resized = Literal["logits", "labels"]
# The folder of the segmentation models to use: trained on labelled crops, or students trained on pseudo labels.
Weights = Literal["models", "models/students"]
SmoothingMode = Literal["none", "causal", "both"]


class SegmenterInput(Section):
    """The segmenters' input: crops per batch, and the side in pixels that each crop is resized to.

    ``logit_adjustment`` is the share of the training's log class weights that is subtracted from the logits (arXiv
    2007.07314). Class weights speed up the training of rare classes, but enlarge their regions.
    """

    batch_size: PositiveInt
    crop_size: InputSide
    logit_adjustment: Share


class SegmenterTest(Section):
    """Test-time augmentation, and the resizing of its result.

    Probabilities are averaged over ``scales`` of the input, and with ``flip`` over the mirrored input too. ``resize``
    chooses what is resized to the face's own size: the class scores, or the classes with the highest scores.
    """

    scales: Annotated[tuple[Annotated[float, Field(gt=0, le=4)], ...], Field(min_length=1, strict=False)]
    flip: bool
    resize: Resized


class Ensemble(Section):
    """The kind of vote and its members: ``hard`` counts the members' classes, ``soft`` averages their probabilities.

    ``members`` are sorted by descending trust: a tie of the hard vote goes to the first one.
    """

    vote: Vote
    members: Annotated[list[Model], Field(min_length=1)]


class TemporalSmoothing(Section):
    """The temporal smoothing of a clip's soft vote.

    ``mode`` is ``none``, ``causal`` (the previous frame, for live use) or ``both`` (frames on both sides). ``strength``
    is a neighbouring frame's weight relative to the frame itself at equal confidence. ``reach`` is the number of frames
    on each side that ``both`` uses.
    """

    mode: SmoothingMode
    strength: Annotated[float, Field(gt=0, le=10)]
    reach: Annotated[int, Field(ge=1, le=10)]

    def for_vote(self, vote: Vote) -> "TemporalSmoothing":
        """These parameters for a soft vote; with mode none for a hard vote, which has no probabilities."""
        return self if vote == "soft" else self.model_copy(update={"mode": "none"})
