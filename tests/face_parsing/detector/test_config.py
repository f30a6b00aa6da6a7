from pathlib import Path

import numpy as np
import pytest
import torch

from face_parsing.core.parameters import read
from face_parsing.detector.config import build_detector, detector_config, training_config
from face_parsing.detector.parameters import DetectorSchedule

CONFIGS = Path("configs/detector")


def config_of(name: str, pretrained: bool = False):
    return detector_config(CONFIGS / f"{name}.py", pretrained)


@pytest.mark.parametrize("name", ["mini", "release", "small", "paper"])
def test_all_configs_are_cascade_rcnn_with_resnet50_fpn_and_deformable_convolutions_for_one_class(name):
    model = config_of(name).model
    assert (model.type, model.backbone.type, model.backbone.depth, model.neck.type) == (
        "CascadeRCNN",
        "ResNet",
        50,
        "FPN",
    )
    assert model.backbone.dcn.type == ("SampledDCN" if name in ("mini", "release") else "DCN")
    assert model.backbone.stage_with_dcn[-1]
    assert [head.num_classes for head in model.roi_head.bbox_head] == [1, 1, 1]
    assert model.backbone.init_cfg is None


def test_paper_keeps_the_published_deformable_stages_and_flips_only():
    config = config_of("paper")
    assert tuple(config.model.backbone.stage_with_dcn) == (False, True, True, True)
    steps = [step.type for step in config.train_dataloader.dataset.pipeline]
    assert steps == ["LoadImageFromFile", "LoadAnnotations", "Resize", "RandomFlip", "PackDetInputs"]


@pytest.mark.parametrize("pretrained", [False, True])
def test_nothing_is_frozen_without_pretrained_weights(pretrained):
    backbone = config_of("paper", pretrained).model.backbone
    assert (backbone.frozen_stages == -1) is not pretrained
    assert backbone.norm_eval is pretrained


def test_parameters_and_data_reach_the_training_config():
    schedule = read("profiles.mini.detector", DetectorSchedule).model_copy(update={"batch_size": 4, "lr": 0.5})
    config = training_config(config_of("mini"), schedule, 100, Path("train.json"), Path("val.json"), Path("images"))
    loader, val = config.train_dataloader, config.val_dataloader
    assert (val.dataset.ann_file, config.val_evaluator.ann_file) == ("val.json", "val.json")
    assert (loader.batch_size, loader.dataset.ann_file, loader.dataset.data_prefix.img) == (4, "train.json", "images")
    assert config.optim_wrapper.optimizer.lr == 0.5
    assert max(s["end"] for s in config.param_scheduler) == 100
    # Frames without a face are kept as negatives.
    assert loader.dataset.filter_cfg.filter_empty_gt is False


def test_the_mini_detector_sees_faces_from_12_pixels_to_nearly_the_whole_frame():
    model = build_detector(config_of("mini"))
    sides = [np.sqrt((a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])) for a in model.rpn_head.prior_generator.base_anchors]
    assert torch.cat([torch.as_tensor(s) for s in sides]).round().unique().tolist() == [12, 24, 48, 96, 192]
