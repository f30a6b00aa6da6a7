"""What makes label maps of trained networks' outputs."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from face_parsing.core.labels import Label, LabelTable
from face_parsing.core.model_names import ENSEMBLE, MODEL_NAMES, MODEL_OF, Fusion, Model
from face_parsing.core.parameters import Section
from face_parsing.faces.parameters import Detection
from face_parsing.geometry.squares import Crop
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.parsing.parameters import Ensemble, SegmenterInput, SegmenterTest, TemporalSmoothing, Vote

if TYPE_CHECKING:
    from face_parsing.parameters import Tree


class LabelEntry(Section):
    """A class of the label table; see :class:`face_parsing.core.labels.Label`."""

    id: int
    name: str
    color: tuple[int, int, int]
    mirror: str | None


class Recipe(Section):
    """All that a FaceParser needs besides the networks; the fields are params.yaml's sections.

    Attributes:
        labels: The label table.
        crop: ``crop``.
        detection: ``det.test``.
        input: ``test.segment`` of the profile.
        test: ``seg.test``.
        fusion: ``seg.fusion``.
        mask_propagation: ``seg.mask_propagation``.
        ensemble: ``ensemble``.
        temporal_smoothing: ``temporal_smoothing``.
        grabcut: ``grabcut``.
    """

    labels: Annotated[list[LabelEntry], Field(min_length=1)]
    crop: Crop
    detection: Detection
    input: SegmenterInput
    test: SegmenterTest
    fusion: Fusion
    mask_propagation: Literal["none", "feed", "gated"]
    ensemble: Ensemble
    temporal_smoothing: TemporalSmoothing
    grabcut: GrabCut

    @property
    def label_table(self) -> LabelTable:
        """The label table."""
        return LabelTable(tuple(Label(entry.id, entry.name, entry.color, entry.mirror) for entry in self.labels))

    @property
    def delivers_vote(self) -> bool:
        """Whether the result is a vote of several models."""
        return MODEL_OF[self.fusion] == ENSEMBLE

    @property
    def vote(self) -> Vote:
        """The kind of vote; one model's classes are their own hard vote."""
        return self.ensemble.vote if self.delivers_vote else "hard"

    @property
    def members(self) -> list[Model]:
        """The models of the result, by descending trust."""
        return [name for name in MODEL_NAMES if name == MODEL_OF[self.fusion]] or self.ensemble.members


def recipe_of(parameters: "Tree", labels: LabelTable) -> Recipe:
    """The recipe of a project's params.yaml and label table."""
    return Recipe(
        labels=[LabelEntry(id=x.id, name=x.name, color=x.color, mirror=x.mirror) for x in labels.labels],
        crop=parameters.crop,
        detection=parameters.det.test,
        input=parameters.chosen.test.segment,
        test=parameters.seg.test,
        fusion=parameters.seg.fusion,
        mask_propagation=parameters.seg.mask_propagation,
        ensemble=parameters.ensemble,
        temporal_smoothing=parameters.temporal_smoothing,
        grabcut=parameters.grabcut,
    )
