"""The published model as a whole."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.utils.flop_counter import FlopCounterMode

from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.segmenter.architecture import Architecture

pytestmark = pytest.mark.integration

PAPER = Path("configs/segmenter/se_hrnet/paper.py")
OCRNET_HR48 = "mmseg::ocrnet/ocrnet_hr48_4xb2-160k_cityscapes-512x1024.py"
CLASSES = 18


def paper(name: str) -> torch.nn.Module:
    init_default_scope("mmseg")
    return MODELS.build(Architecture(PAPER, name).config(CLASSES).model)


def ocrnet_hr48() -> torch.nn.Module:
    """mmseg's own, for as many classes."""
    model = Config.fromstring(f"_base_ = {OCRNET_HR48!r}", ".py").model
    model.pretrained = None
    for part in (model.backbone, *model.decode_head):
        part.norm_cfg.type = "BN"
    for head in model.decode_head:
        head.num_classes = CLASSES
    model.data_preprocessor = dict(type="SegDataPreProcessor")
    init_default_scope("mmseg")
    return MODELS.build(model)


def complexity(build, *arguments: str) -> tuple[float, float]:
    """Millions of parameters, and billions of floating-point operations at 480 x 480."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        model = build(*arguments).eval()
        model(torch.empty(1, 3, 480, 480), mode="tensor")
    return sum(weights.numel() for weights in model.parameters()) / 1e6, counter.get_total_flops() / 1e9


def test_it_is_mmsegs_ocrnet_hr48_and_what_the_method_adds():
    parameters, operations = complexity(ocrnet_hr48)
    sizes = {name: complexity(paper, name) for name in MODEL_NAMES}
    assert sizes["ocrnet"] == (pytest.approx(parameters, rel=0.05), pytest.approx(operations, rel=0.05))


@pytest.mark.slow
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_parameter_is_trained(name):
    torch.manual_seed(0)
    model = paper(name).train()
    model.init_weights()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    label_map = torch.arange(4).view(1, 2, 2).repeat_interleave(64, 1).repeat_interleave(64, 2).repeat(2, 1, 1)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=each[None])) for each in label_map]
    # The excitations and the correction of the logits start at zero: what lies before them learns from the second step.
    for _ in range(2):
        optimizer.zero_grad()
        sum(model.loss(torch.randn(2, 3, 128, 128), samples).values()).backward()
        assert [key for key, weights in model.named_parameters() if weights.grad is None] == []
        assert all(weights.grad.isfinite().all() for weights in model.parameters())
        optimizer.step()
    assert [key for key, weights in model.named_parameters() if not weights.grad.any()] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_it_segments_at_480(name):
    with torch.no_grad():
        logits = paper(name).eval()(torch.rand(1, 3, 480, 480), mode="tensor")
    assert logits.shape == (1, CLASSES, *((120, 120) if name == "ocrnet" else (480, 480)))
    assert logits.isfinite().all()
