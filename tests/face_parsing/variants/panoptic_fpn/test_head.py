from pathlib import Path
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import BackboneName
from face_parsing.variants.panoptic_fpn.head import STRIDES

CLASSES = 5
CONFIGS = sorted(Path("configs/segmenter").glob("*/*.py"))


def head(config: Path) -> torch.nn.Module:
    torch.manual_seed(0)
    init_default_scope("mmseg")
    model = Architecture(config, MODEL_NAMES[0], coarse_head="panoptic_fpn").config(CLASSES).model
    head = MODELS.build(model.decode_head[0])
    head.init_weights()
    return head


def features(channels: list[int], side: int) -> list[torch.Tensor]:
    """What a backbone makes of an image, followed by the image."""
    of_levels = [torch.rand(1, c, side // stride, side // stride) for c, stride in zip(channels, STRIDES, strict=True)]
    return [*of_levels, torch.rand(1, 3, side, side)]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_stands_in_for_the_coarse_head_of_every_config(config):
    coarse = Architecture(config, MODEL_NAMES[0]).config(CLASSES).model.decode_head[0]
    instead = Architecture(config, MODEL_NAMES[0], coarse_head="panoptic_fpn").config(CLASSES).model.decode_head[0]
    assert instead.type == "PanopticFPNHead"
    for key in ("in_channels", "in_index", "norm_cfg", "dropout_ratio", "loss_decode", "num_classes"):
        assert instead[key] == coarse[key]
    built = head(config).eval()
    with torch.no_grad():
        assert built(features(coarse.in_channels, 64)).shape == (1, CLASSES, 16, 16)
    # 256 and 128 are the published widths.
    assert built.neck.out_channels == min(coarse.channels, 256) == 2 * built.channels


@pytest.mark.parametrize("side", [96, 128, 160])
def test_its_logits_have_a_quarter_of_the_side(side):
    mini = head(Path("configs/segmenter/se_hrnet/mini.py")).eval()
    with torch.no_grad():
        assert mini(features([16, 32, 48, 64], side)).shape == (1, CLASSES, side // 4, side // 4)


def test_it_segments_from_every_level_of_the_pyramid():
    mini = head(Path("configs/segmenter/se_hrnet/mini.py")).eval()
    inputs = [each.requires_grad_() for each in features([16, 32, 48, 64], 96)]
    mini(inputs).sum().backward()
    assert [level for level, each in enumerate(inputs[:4]) if not each.grad.abs().sum() > 0] == []
    assert inputs[4].grad is None  # the image is for the layers at full resolution


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_its_loss_is_counted_at_its_own_resolution(config):
    built = head(config)
    label_map = torch.arange(4).view(2, 2).repeat_interleave(32, 0).repeat_interleave(32, 1)[None]
    label_map[:, :8] = 255
    logits = torch.randn(1, CLASSES, 16, 16)
    losses = built.loss_by_feat(logits, [SegDataSample(gt_sem_seg=PixelData(data=label_map))])
    expected = F.cross_entropy(logits, label_map[:, ::4, ::4], ignore_index=255)
    torch.testing.assert_close(losses["loss_ce"], expected)


@pytest.mark.parametrize("backbone", get_args(BackboneName))
def test_the_object_context_starts_from_its_logits(backbone):
    torch.manual_seed(0)
    init_default_scope("mmseg")
    config = Path(f"configs/segmenter/{backbone}/mini.py")
    model = MODELS.build(Architecture(config, "ocrnet", coarse_head="panoptic_fpn").config(CLASSES).model).eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        before = model(image, mode="tensor")
        model.decode_head[0].conv_seg.weight.normal_(std=5)
        assert not torch.allclose(model(image, mode="tensor"), before)
