"""The detector's mmengine config, completed by the parameters and the data."""

from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine import Config
from mmengine.registry import init_default_scope

import face_parsing.detector.deform_conv  # noqa: F401  (registers SampledDCN)
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.core.schedules import Schedule, in_micro_steps
from face_parsing.detector.coco import FACE

with stdout_suppressed():
    import mmdet.models  # noqa: F401  (registers the models)

CLASSES: list[str] = [FACE["name"]]


def detector_config(path: Path, pretrained: bool) -> Config:
    """Read a detector's mmengine config and set its heads to one class.

    Args:
        path: The config file.
        pretrained: Whether the training starts from pretrained weights. If not, no backbone stage is frozen, and batch
            statistics are learned.
    """
    config = Config.fromfile(path)
    for head in config.model.roi_head.bbox_head:
        head.num_classes = len(CLASSES)
    if not pretrained:
        config.model.backbone.update(frozen_stages=-1, norm_eval=False)
    return config


def training_config(
    config: Config, schedule: Schedule, micro_steps: int, annotations: Path, val_annotations: Path, images: Path
) -> Config:
    """Complete a detector's config for training.

    Args:
        config: The config from :func:`detector_config`, with a schedule in shares of the training. Changed in place.
        schedule: The training's batch size and highest learning rate.
        micro_steps: The training's length in micro-steps.
        annotations: A COCO detection file of the training images. Images without a face are used as negatives.
        val_annotations: A COCO detection file of the val split.
        images: The folder that the file names are relative to.

    Returns:
        The completed config.
    """
    for loader, file in ((config.train_dataloader, annotations), (config.val_dataloader, val_annotations)):
        loader.dataset.update(
            data_root=None, ann_file=str(file), data_prefix=dict(img=str(images)), metainfo=dict(classes=CLASSES)
        )
    config.train_dataloader.batch_size = schedule.batch_size
    config.train_dataloader.dataset.filter_cfg = dict(filter_empty_gt=False)
    config.val_evaluator = dict(type="CocoMetric", ann_file=str(val_annotations), metric="bbox")
    config.val_score = "coco/bbox_mAP"
    config.optim_wrapper.optimizer.lr = schedule.lr
    config.param_scheduler = [in_micro_steps(rate, micro_steps) for rate in config.param_scheduler]
    return config


def build_detector(config: Config) -> torch.nn.Module:
    """Build the config's model with random weights."""
    init_default_scope(config.default_scope)
    return MODELS.build(config.model)
