"""The detector from its config file: what the parameters and the data give is put in here."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine import Config
from mmengine.registry import init_default_scope

from face_parsing.pipeline.coco import FACE
from face_parsing.pipeline.schedules import Schedule, in_rounds

with redirect_stdout(StringIO()):  # mmdet prints what it could not import
    import mmdet.models  # noqa: F401  (registers the models)

CLASSES: list[str] = [FACE["name"]]


def detector_config(path: Path, pretrained: bool) -> Config:
    """Read a detector's mmengine config and make it find one class.

    Without pretrained weights there is nothing to keep: no stage is frozen and batch statistics are learnt.
    """
    config = Config.fromfile(path)
    for head in config.model.roi_head.bbox_head:
        head.num_classes = len(CLASSES)
    if not pretrained:
        config.model.backbone.update(frozen_stages=-1, norm_eval=False)
    return config


def training_config(
    config: Config, schedule: Schedule, rounds: int, annotations: Path, val_annotations: Path, images: Path
) -> Config:
    """Complete a detector's config for training.

    Args:
        config: of :func:`detector_config`; its schedule is in shares of the training.
        schedule: images a step, and the highest learning rate.
        rounds: the training's length.
        annotations: a COCO detection file; its images without a face are trained on as negatives.
        val_annotations: the same of the val split.
        images: the folder that the files' names start from.
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
    config.param_scheduler = [in_rounds(rate, rounds) for rate in config.param_scheduler]
    return config


def build_detector(config: Config) -> torch.nn.Module:
    """The config's model with random weights."""
    init_default_scope(config.default_scope)
    return MODELS.build(config.model)
