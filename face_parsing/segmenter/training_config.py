"""The config of a segmenter's training, from its architecture, the parameters, the label table and the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from face_parsing.core.labels import LabelTable
from face_parsing.core.schedules import in_micro_steps
from face_parsing.segmenter.architecture import Architecture, variant
from face_parsing.segmenter.parameters import Augmentation, BackboneTraining, CropSchedule, SegmenterTraining


@dataclass(frozen=True)
class CropTraining:
    """A training on crops, without its architecture and its losses.

    Attributes:
        crops: A folder of train/ and val/, each with images/ and labels/.
        labels: The label table; mirror partners swap in a flip.
        class_weights: One weight per class, for all cross entropies.
        schedule: Batch size, crop size and peak learning rate.
        micro_steps: The training's length: forward and backward passes of each process.
        augmentation: The parameters' augmentation; the config file has the rest.
    """

    crops: Path
    labels: LabelTable
    class_weights: Sequence[float]
    schedule: CropSchedule
    micro_steps: int
    augmentation: Augmentation


def backbone_config(architecture: Architecture, losses: BackboneTraining, training: CropTraining) -> Config:
    """The config of the backbone's training with the coarse head; all three models start from its result."""
    config = architecture.config(len(training.labels))
    config.model.num_stages = 1
    config.model.decode_head = config.model.decode_head[:1]
    cross_entropy, lovasz = config.model.decode_head[0].loss_decode
    cross_entropy.class_weight = list(training.class_weights)
    lovasz.loss_weight = losses.lovasz
    _complete(config, training)
    # The learning rate does not decay: the trainings that start from this backbone decay it.
    config.param_scheduler = [rate for rate in config.param_scheduler if rate["type"] == "LinearLR"]
    return config


def segmenter_config(architecture: Architecture, losses: SegmenterTraining, training: CropTraining) -> Config:
    """The config of a whole segmenter's training."""
    config = architecture.config(len(training.labels))
    coarse, final = config.model.decode_head
    weights = losses.loss
    for head, weight in ((coarse, weights.aux), (final, weights.seg)):
        cross_entropy, lovasz = head.loss_decode
        cross_entropy.loss_weight = weight
        cross_entropy.class_weight = list(training.class_weights)
        lovasz.loss_weight = weight * weights.lovasz
    final.edge_width = losses.edge_width
    final.class_weight = list(training.class_weights)
    final.loss_edge.loss_weight = final.loss_edge.get("loss_weight", 1.0) * weights.edge
    final.loss_attention.loss_weight = weights.attention
    final.loss_attention.class_weight = list(training.class_weights)
    _complete(config, training)
    if architecture.mask_propagation != "none":
        variant("mask_propagation.frame_pairs")  # registers FramePairs
        config.train_dataloader.dataset = dict(type="FramePairs", dataset=config.train_dataloader.dataset)
    return config


def _complete(config: Config, training: CropTraining) -> None:
    """Complete the data pipelines and the schedule of a config."""
    labels, schedule, augmentation = training.labels, training.schedule, training.augmentation
    size = (schedule.crop_size, schedule.crop_size)
    config.model.data_preprocessor.size = size
    settings = {
        "AlignedResize": dict(scale=size),
        "PartialFace": dict(prob=augmentation.partial),
        "RandomFlip": dict(swap_seg_labels=labels.mirror_pairs if augmentation.swap else None),
    }
    for split, loader in (("train", config.train_dataloader), ("val", config.val_dataloader)):
        loader.dataset.update(
            data_root=str(training.crops / split),
            metainfo=dict(classes=labels.names, palette=[list(label.color) for label in labels.labels]),
        )
        for transform in loader.dataset.pipeline:
            transform.update(config.get("augmentation", {}).get(transform.type, {}))
            transform.update(settings.get(transform.type, {}))
    config.train_dataloader.batch_size = schedule.batch_size
    config.optim_wrapper.optimizer.lr = schedule.lr * config.get("lr_scale", 1.0)
    # mmengine rejects schedules of zero iterations.
    steps = training.micro_steps
    config.param_scheduler = [in_micro_steps(rate, steps) for rate in config.param_scheduler if steps]
