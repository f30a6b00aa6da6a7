"""The keys ``model``, ``layers``, ``augment``, ``pretrain`` and ``train`` of ``seg``: networks and their training."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section

SegmenterModel = Literal["mini", "paper"]
Weight = Annotated[float, Field(ge=0)]


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


class Schedule(Section):
    """A training on crops; ``channels_last`` is the layout of images in memory.

    ``crop_size`` is the side of the square network input in pixels, ``balance`` the exponent of the class weights.
    """

    iterations: Annotated[int, Field(ge=0)]
    batch_size: Annotated[int, Field(ge=1)]
    crop_size: Annotated[int, Field(ge=32)]
    lr: Annotated[float, Field(gt=0)]
    channels_last: bool
    balance: Annotated[float, Field(ge=0, le=1)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class BackboneTraining(Schedule):
    """The training of the backbone with the coarse head; ``lovasz`` is the weight of Lovasz-softmax in its L_aux."""

    lovasz: Weight


class SegmenterTraining(Schedule):
    """The training of the whole models; ``edge_width`` is that of boundary targets, as a share of the crop's side."""

    iterations: Annotated[int, Field(ge=1)]
    edge_width: Annotated[float, Field(gt=0, le=0.5)]
    loss: LossWeights
