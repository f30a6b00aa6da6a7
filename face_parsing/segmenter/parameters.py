"""The segmenters' networks and their training: two sections of a profile, and the keys of ``seg`` that go with them."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section
from face_parsing.pipeline.schedules import Schedule, Seed, Side

BackboneName = Literal["se_hrnet", "swin"]  # also the folder of its configs
CoarseHeadName = Literal["fcn", "panoptic_fpn"]
Weight = Annotated[float, Field(ge=0)]
# The previous frame's mask beside the image: not at all, as it is, or where a gate lets it through.
Previous = Literal["none", "feed", "gated"]


class Layers(Section):
    """Layers of the config's last head that a model can do without.

    ``detail`` is the decoder at half resolution, and ``dense_layers`` are those that refine EANet's logits.
    """

    detail: bool
    dense_layers: bool


class LossWeights(Section):
    """The weights of L = aux * L_aux + seg * L_seg + edge * L_edge + attention * L_attention.

    ``lovasz`` is that of Lovasz-softmax beside cross entropy in L_aux and L_seg.
    """

    lovasz: Weight
    aux: Weight
    seg: Weight
    edge: Weight
    attention: Weight


class Augmentation(Section):
    """What trainings do to crops: left and right swap their labels in a mirror image; the share of cut faces."""

    swap: bool
    partial: Annotated[float, Field(ge=0, le=1)]


class CropSchedule(Schedule):
    """A training on crops of ``crop_size`` pixels a side; ``balance`` is the exponent of the class weights."""

    crop_size: Side
    balance: Annotated[float, Field(ge=0, le=1)]


class Segmenter(CropSchedule):
    """What the segmenters' backbone starts from, and the whole models' schedule."""

    pretrained: str | None


class BackboneTraining(Section):
    """Of the backbone with the coarse head; ``lovasz`` is the weight of Lovasz-softmax in its L_aux."""

    lovasz: Weight
    seed: Seed


class SegmenterTraining(Section):
    """Of the whole models; ``edge_width`` is that of boundary targets, as a share of the crop's side."""

    edge_width: Annotated[float, Field(gt=0, le=0.5)]
    loss: LossWeights
    seed: Seed
