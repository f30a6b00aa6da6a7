"""The config of Mask R-CNN's training: its own network, and the segmenters' data."""

from pathlib import Path

from mmengine import Config

import face_parsing.instances.transforms  # noqa: F401  (registers the transform)
from face_parsing.instances.model import parts_config
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.schedules import in_rounds
from face_parsing.segmenter.building import backbone_config
from face_parsing.segmenter.parameters import Augmentation, BackboneTraining, CropSchedule


def training_config(
    path: Path,
    data: Path,
    labels: LabelTable,
    schedule: CropSchedule,
    rounds: int,
    augmentation: Augmentation,
    crops: Path,
) -> Config:
    """The whole training's config.

    Args:
        path: The network's config file; its schedule is in shares of the training.
        data: The segmenters' config file, whose data pipelines and whose metric this training has.
        labels: The classes; their mirror partners swap in a flip.
        schedule: The batch's and the crops' size, and the highest learning rate.
        rounds: The training's length.
        augmentation: What the parameters say of it; the rest is the segmenters' config's.
        crops: A folder of train/ and val/, and in each of images/ and labels/.
    """
    config = parts_config(path, len(labels))
    # Of a segmenter's training all is taken but the model, its losses, and the optimiser.
    losses, weights = BackboneTraining(lovasz=0.0, seed=0), [1.0] * len(labels)
    theirs = backbone_config(data, labels, schedule, rounds, losses, augmentation, crops, weights)
    for key in ("default_scope", "train_dataloader", "val_dataloader", "val_evaluator", "val_score"):
        config[key] = theirs[key]
    config.train_dataloader.dataset.pipeline.append(dict(type="PartInstances"))
    config.optim_wrapper.optimizer.lr = schedule.lr
    # mmengine has no schedule without iterations.
    config.param_scheduler = [in_rounds(rate, rounds) for rate in config.param_scheduler if rounds]
    return config
