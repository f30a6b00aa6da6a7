"""The published model as a whole; on a CPU each test takes its time."""

from pathlib import Path

import pytest
import torch
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from stages.segmentation.building import FUSIONS, model_config

PAPER = Path("configs/segmenter/paper.py")
CLASSES = 18


def paper(fusion: str) -> torch.nn.Module:
    init_default_scope("mmseg")
    config = model_config(PAPER, fusion, CLASSES)
    config.model.decode_head[-1].edge_width = 2
    model = MODELS.build(config.model)
    model.init_weights()
    return model


def ocrnet_hr48() -> torch.nn.Module:
    """mmseg's own, for as many classes."""
    init_default_scope("mmseg")
    model = Config.fromfile("mmseg::ocrnet/ocrnet_hr48_4xb2-80k_cityscapes-512x1024.py").model
    model.pretrained = None
    for part in (model.backbone, *model.decode_head):
        part.norm_cfg.type = "BN"
    for head in model.decode_head:
        head.num_classes = CLASSES
    model.data_preprocessor = dict(type="SegDataPreProcessor")
    return MODELS.build(model)


def complexity(model: torch.nn.Module) -> tuple[float, float]:
    """Millions of parameters, and billions of multiply-adds at 480 x 480."""
    with torch.no_grad():
        counted = get_model_complexity_info(model.eval(), (3, 480, 480), show_table=False, show_arch=False)
    return counted["params"] / 1e6, counted["flops"] / 1e9


def of_excitation(model: torch.nn.Module) -> float:
    return sum(weights.numel() for name, weights in model.named_parameters() if ".se." in name) / 1e6


@pytest.mark.slow
def test_it_is_mmsegs_ocrnet_hr48_and_what_the_method_adds():
    parameters, operations = complexity(ocrnet_hr48())
    sizes = {}
    for fusion in FUSIONS:
        model = paper(fusion)
        sizes[fusion] = complexity(model), of_excitation(model)
    print("MEASURED", (parameters, operations), sizes)
    (ours, our_operations), excitation = sizes["none"]
    assert ours - excitation == pytest.approx(parameters, rel=0.05)
    assert our_operations == pytest.approx(operations, rel=0.05)
    assert parameters < ours < sizes["add"][0][0] < sizes["cat"][0][0]


@pytest.mark.slow
@pytest.mark.parametrize("fusion", FUSIONS)
def test_it_takes_a_step_in_which_every_parameter_has_a_gradient(fusion):
    torch.manual_seed(0)
    model = paper(fusion).train()
    label_map = torch.arange(4).view(1, 2, 2).repeat_interleave(112, 1).repeat_interleave(112, 2).repeat(2, 1, 1)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=each[None])) for each in label_map]
    sum(model.loss(torch.rand(2, 3, 224, 224), samples).values()).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []
    before = [parameter.detach().clone() for parameter in model.parameters()]
    torch.optim.SGD(model.parameters(), lr=0.01).step()
    moved = [n for (n, p), old in zip(model.named_parameters(), before, strict=True) if not torch.equal(p, old)]
    print("MOVED", len(moved), "of", len(before), [n for n, p in model.named_parameters() if n not in moved][:10])


@pytest.mark.slow
@pytest.mark.parametrize("fusion", FUSIONS)
def test_it_segments_at_480(fusion):
    with torch.no_grad():
        logits = paper(fusion).eval()(torch.rand(1, 3, 480, 480), mode="tensor")
    assert logits.shape == (1, CLASSES, *((120, 120) if fusion == "none" else (480, 480)))
    assert logits.isfinite().all()
