"""How the models are used and vote: ``seg.test``, ``ensemble`` and ``steady``, and a profile's test.segment."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.models import Model
from face_parsing.pipeline.reading import Section
from face_parsing.pipeline.schedules import Side

Vote = Literal["hard", "soft"]
Resized = Literal["logits", "labels"]
# The folder of the segmentation models that are used: those of the labelled crops, or the students of their own labels.
Weights = Literal["models", "models/students"]
SteadyMode = Literal["none", "causal", "both"]


class SegmenterInput(Section):
    """What a profile says of the segmenters' use: crops at once, and the side of the square that each is brought to.

    ``logit_adjustment`` is the share of the training's class weights, as logarithms, that is taken off the logits again
    (arXiv 2007.07314): weights teach rare classes sooner, and make them too large.
    """

    batch_size: Annotated[int, Field(ge=1)]
    crop_size: Side
    logit_adjustment: Annotated[float, Field(ge=0, le=1)]


class SegmenterTest(Section):
    """How often a crop is seen, and what becomes of its scores.

    Probabilities are averaged over ``scales`` of the input, and with ``flip`` over the mirrored input too. ``resize``
    says what is brought to the face's own size: the scores of the classes, or the classes with the highest scores.
    """

    scales: Annotated[tuple[Annotated[float, Field(gt=0, le=4)], ...], Field(min_length=1, strict=False)]
    flip: bool
    resize: Resized


class Ensemble(Section):
    """Whether the models' classes or their probabilities are counted, and the models.

    They stand in the order of trust: a tie of the hard vote goes to the member that comes first.
    """

    vote: Vote
    members: Annotated[list[Model], Field(min_length=1)]


class Steady(Section):
    """How a clip's soft vote is steadied: by the frame before (``causal``, for live use), or by those on both sides.

    ``strength`` is a neighbouring frame's weight against the frame itself, where both are equally sure. ``reach`` is
    how many frames on each side ``both`` looks at.
    """

    mode: SteadyMode
    strength: Annotated[float, Field(gt=0, le=10)]
    reach: Annotated[int, Field(ge=1, le=10)]

    def of(self, vote: Vote) -> "Steady":
        """How a vote is steadied: a hard one, which has no probabilities, not at all."""
        return self if vote == "soft" else self.model_copy(update={"mode": "none"})
