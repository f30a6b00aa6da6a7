"""The config of Mask R-CNN's training: its own network and the segmenters' data."""

from pathlib import Path

from mmengine import Config

import face_parsing.variants.mask_rcnn.transforms  # noqa: F401  (registers the transform)
from face_parsing.core.schedules import in_micro_steps
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import BackboneTraining
from face_parsing.segmenter.training_config import CropTraining, backbone_config
from face_parsing.variants.mask_rcnn.network import parts_config


def mask_rcnn_config(path: Path, data: Architecture, training: CropTraining) -> Config:
    """Make the config of the whole training.

    Args:
        path: Config file of the network; its schedule is in shares of the training.
        data: A segmentation model, whose data pipelines and metric this training uses.
        training: The crops, classes, schedule and augmentation.
    """
    config = parts_config(path, len(training.labels))
    # Everything of a segmenter's training except the model, its losses and the optimizer.
    segmenter = backbone_config(data, BackboneTraining(lovasz=0.0, seed=0), training)
    for key in ("default_scope", "train_dataloader", "val_dataloader", "val_evaluator", "val_score"):
        config[key] = segmenter[key]
    config.train_dataloader.dataset.pipeline.append(dict(type="PartInstances"))
    config.optim_wrapper.optimizer.lr = training.schedule.lr
    # mmengine has no schedule without iterations.
    steps = training.micro_steps
    config.param_scheduler = [in_micro_steps(rate, steps) for rate in config.param_scheduler if steps]
    return config
