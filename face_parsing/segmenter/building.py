"""A segmenter's config: the named mmengine config with what the parameters and the label table say."""

from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.config.utils import MODULE2PACKAGE

# Imported for their registration in mmseg's registries.
import face_parsing.segmenter.backbone
import face_parsing.segmenter.heads
import face_parsing.segmenter.losses
import face_parsing.segmenter.moments
import face_parsing.segmenter.previous
import face_parsing.segmenter.segmentor
import face_parsing.segmenter.transforms  # noqa: F401
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.models import FUSION_OF, MODEL_NAMES
from face_parsing.pipeline.schedules import in_rounds
from face_parsing.segmenter.panoptic import panoptic_fpn
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneTraining,
    CoarseHeadName,
    CropSchedule,
    Layers,
    Previous,
    SegmenterTraining,
)

# The maintained fork of mmsegmentation goes by another distribution name; the module's own name finds its configs.
MODULE2PACKAGE["mmseg"] = "mmseg"

ALL_LAYERS = Layers(detail=True, dense_layers=True)


def model_config(
    path: Path,
    name: str,
    num_classes: int,
    layers: Layers = ALL_LAYERS,
    *,
    previous: Previous = "none",
    coarse_head: CoarseHeadName = "fcn",
) -> Config:
    """The config at ``path`` with its model made ``name``, one of MODEL_NAMES, for a number of classes.

    Of the layers that the config has, those stay that ``layers`` says. With ``previous`` it is a GuidedEANet. The
    coarse head is the config's, ``fcn``, or one of its inputs and losses.
    """
    config = Config.fromfile(path)
    if coarse_head == "panoptic_fpn":
        config.model.decode_head[0] = panoptic_fpn(config.model.decode_head[0])
    for head in config.model.decode_head:
        head.num_classes = num_classes
    config.model.decode_head[-1].fusion = FUSION_OF[name]
    for layer, kept in layers:
        if not kept:
            config.model.decode_head[-1][layer] = None
    if previous != "none":
        config.model.update(type="GuidedEANet", gated=previous == "gated")
    return config


def backbone_config(
    path: Path,
    labels: LabelTable,
    schedule: CropSchedule,
    rounds: int,
    training: BackboneTraining,
    augmentation: Augmentation,
    crops: Path,
    class_weight: list[float],
    *,
    coarse_head: CoarseHeadName = "fcn",
) -> Config:
    """The config of the training of the backbone with the coarse head; the arguments are those of training_config."""
    config = model_config(path, MODEL_NAMES[0], len(labels), coarse_head=coarse_head)
    config.model.num_stages = 1
    config.model.decode_head = config.model.decode_head[:1]
    cross_entropy, lovasz = config.model.decode_head[0].loss_decode
    _weight_classes(cross_entropy, class_weight)
    lovasz.loss_weight = training.lovasz
    _complete(config, labels, schedule, rounds, augmentation, crops)
    # The rate stays up: the trainings that start from this backbone bring it down, once for all.
    config.param_scheduler = [rate for rate in config.param_scheduler if rate["type"] == "LinearLR"]
    return config


def training_config(
    path: Path,
    name: str,
    labels: LabelTable,
    schedule: CropSchedule,
    rounds: int,
    training: SegmenterTraining,
    augmentation: Augmentation,
    crops: Path,
    class_weight: list[float],
    layers: Layers = ALL_LAYERS,
    *,
    previous: Previous = "none",
    coarse_head: CoarseHeadName = "fcn",
) -> Config:
    """The whole training's config.

    Args:
        path: The segmenter's config file.
        name: One of MODEL_NAMES.
        labels: The classes; their mirror partners swap in a flip.
        schedule: The batch's and the crops' size, and the highest learning rate.
        rounds: The training's length.
        training: Loss weights, and the width of boundary targets.
        augmentation: What the parameters say of it; the rest is the config's.
        crops: A folder of train/ and val/, and in each of images/ and labels/.
        class_weight: Of all cross entropies, a weight a class.
        layers: Which of its config's layers the model has.
        previous: Whether it takes in the previous frame's mask, and how.
        coarse_head: Which of the coarse heads it has.
    """
    config = model_config(path, name, len(labels), layers, previous=previous, coarse_head=coarse_head)
    coarse, final = config.model.decode_head
    weights = training.loss
    for head, weight in ((coarse, weights.aux), (final, weights.seg)):
        cross_entropy, lovasz = head.loss_decode
        cross_entropy.loss_weight = weight
        _weight_classes(cross_entropy, class_weight)
        lovasz.loss_weight = weight * weights.lovasz
    final.edge_width = training.edge_width
    final.class_weight = class_weight
    final.loss_edge.loss_weight = final.loss_edge.get("loss_weight", 1.0) * weights.edge
    final.loss_attention.loss_weight = weights.attention
    _weight_classes(final.loss_attention, class_weight)
    _complete(config, labels, schedule, rounds, augmentation, crops)
    if previous != "none":
        config.train_dataloader.dataset = dict(type="TwoMoments", dataset=config.train_dataloader.dataset)
    return config


def _weight_classes(cross_entropy: ConfigDict, class_weight: list[float]) -> None:
    # With class weights mmseg's mean leaves ignored pixels out by itself, and asked for it too, it fails.
    cross_entropy.update(class_weight=class_weight, avg_non_ignore=False)


def _complete(
    config: Config,
    labels: LabelTable,
    schedule: CropSchedule,
    rounds: int,
    augmentation: Augmentation,
    crops: Path,
) -> None:
    """Put what the parameters, the label table and the data say into a config's data pipelines and schedule."""
    size = (schedule.crop_size, schedule.crop_size)
    config.model.data_preprocessor.size = size
    settings = {
        "AlignedResize": dict(scale=size),
        "PartialFace": dict(prob=augmentation.partial),
        "RandomFlip": dict(swap_seg_labels=labels.mirror_pairs if augmentation.swap else None),
    }
    for split, loader in (("train", config.train_dataloader), ("val", config.val_dataloader)):
        loader.dataset.update(
            data_root=str(crops / split),
            metainfo=dict(classes=labels.names, palette=[list(label.color) for label in labels.labels]),
        )
        for transform in loader.dataset.pipeline:
            transform.update(settings.get(transform.type, {}))
    config.train_dataloader.batch_size = schedule.batch_size
    config.optim_wrapper.optimizer.lr = schedule.lr * config.get("lr_scale", 1.0)
    # mmengine has no schedule without iterations.
    config.param_scheduler = [in_rounds(rate, rounds) for rate in config.param_scheduler if rounds]
