"""Parameters of the segmenters' networks and trainings: two sections of a profile, and keys of ``seg``."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from face_parsing.core.parameters import Section, Share
from face_parsing.core.schedules import InputSide, Schedule, Seed

BackboneName = Literal["se_hrnet", "swin"]  # also the folder of its configs
CoarseHeadName = Literal["fcn", "panoptic_fpn"]
# How the network gets the previous frame's mask: not at all, as further input channels, or through a gate.
MaskPropagation = Literal["none", "feed", "gated"]


class Layers(Section):
    """The optional layers of the config's last head.

    ``detail`` is the decoder at half resolution. ``dense_layers`` refine EANet's logits.
    """

    detail: bool
    dense_layers: bool


class LossWeights(Section):
    """The weights of L = aux * L_aux + seg * L_seg + edge * L_edge + attention * L_attention.

    ``lovasz`` is the weight of Lovasz-softmax relative to cross entropy in L_aux and L_seg.
    """

    lovasz: NonNegativeFloat
    aux: NonNegativeFloat
    seg: NonNegativeFloat
    edge: NonNegativeFloat
    attention: NonNegativeFloat


class Augmentation(Section):
    """The augmentation of crops.

    With ``swap``, left and right labels swap in a mirrored image. ``partial`` is the share of crops with a cut face.
    """

    swap: bool
    partial: Share


class CropSchedule(Schedule):
    """Schedule of a training on crops.

    ``crop_size`` is the side in pixels, and ``class_weight_exponent`` the exponent of the class weights.
    """

    crop_size: InputSide
    class_weight_exponent: Share


class SegmenterSchedule(CropSchedule):
    """Schedule of the whole models; ``pretrained`` names the initial weights of their backbone."""

    pretrained: str | None


class BackboneTraining(Section):
    """Training of the backbone with the coarse head; ``lovasz`` is the weight of Lovasz-softmax in its L_aux."""

    lovasz: NonNegativeFloat
    seed: Seed


class SegmenterTraining(Section):
    """Training of the whole models; ``edge_width`` is the width of boundary targets, as a share of the crop's side."""

    edge_width: Annotated[float, Field(gt=0, le=0.5)]
    loss: LossWeights
    seed: Seed
