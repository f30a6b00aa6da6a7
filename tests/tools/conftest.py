"""A project whose models are random, for the tools that measure one."""

import shutil
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.checkpoints.model_file import save_model
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Layers
from tests.repositories import ROOT, set_parameters

OURS = read_labels(ROOT / "configs/labels.yaml")


@pytest.fixture
def untrained(tmp_path) -> Path:
    """A project that takes every picture for a face, with one segmenter of random weights."""
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    shutil.copyfile(ROOT / "configs/labels.yaml", project / "data/labels.yaml")
    shutil.copyfile(ROOT / "params.yaml", project / "params.yaml")
    set_parameters(project, {"profile": "mini", "det.test.finder": "whole_frame", "seg.fusion": "none"})
    (project / "configs").symlink_to(ROOT / "configs")
    init_default_scope("mmseg")
    torch.manual_seed(0)
    layers = read("seg.layers", Layers, ROOT / "params.yaml")
    config = Architecture(ROOT / "configs/segmenter/se_hrnet/mini.py", "ocrnet", layers).config(len(OURS))
    config.model.decode_head[-1].class_weight = [1.0] * len(OURS)
    save_model(project / "models/ocrnet.pth", MODELS.build(config.model), OURS.names)
    return project
