"""The detector from its config file: what the parameters and the data give is put in here."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from mmdet.registry import MODELS
from mmengine import Config
from mmengine.registry import init_default_scope

from face_parsing.detector.parameters import DetectorTraining
from face_parsing.pipeline.coco import FACE

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


def training_config(config: Config, schedule: DetectorTraining, annotations: Path, images: Path) -> Config:
    """Complete a detector's config for training.

    Args:
        config: of :func:`detector_config`; its schedule is in shares of the training.
        schedule: iterations, images an iteration, and the highest learning rate.
        annotations: a COCO detection file; its images without a face are trained on as negatives.
        images: the folder that the file's names start from.
    """
    config.train_dataloader.update(batch_size=schedule.batch_size, sampler=dict(type="InfiniteSampler", shuffle=True))
    config.train_dataloader.dataset.update(
        data_root=None,
        ann_file=str(annotations),
        data_prefix=dict(img=str(images)),
        metainfo=dict(classes=CLASSES),
        filter_cfg=dict(filter_empty_gt=False),
    )
    config.optim_wrapper.optimizer.lr = schedule.lr
    config.param_scheduler = [in_iterations(rate, schedule.iterations) for rate in config.param_scheduler]
    return config


def in_iterations(schedule: dict[str, Any], iterations: int) -> dict[str, Any]:
    """A scheduler's config with its times, shares of the training, turned into iterations."""
    times = {key: max(round(schedule[key] * iterations), int(key != "begin")) for key in _TIMES & schedule.keys()}
    if "milestones" in schedule:
        times["milestones"] = [round(share * iterations) for share in schedule["milestones"]]
    return {**schedule, **times}


_TIMES = {"begin", "end", "T_max"}


def build_detector(config: Config) -> torch.nn.Module:
    """The config's model with random weights."""
    init_default_scope(config.default_scope)
    return MODELS.build(config.model)
