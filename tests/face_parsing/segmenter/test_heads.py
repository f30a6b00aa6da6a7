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
from face_parsing.segmenter.decoding import laid_out
from face_parsing.segmenter.parameters import BackboneName, CoarseHeadName, Layers

CLASSES = 5

of_each_backbone = pytest.mark.parametrize("backbone", get_args(BackboneName))
with_each_coarse_head = pytest.mark.parametrize("coarse_head", get_args(CoarseHeadName))


def built(
    name: str, detail: bool = True, backbone: str = "se_hrnet", coarse_head: CoarseHeadName = "fcn"
) -> torch.nn.Module:
    torch.manual_seed(0)
    init_default_scope("mmseg")
    layers = Layers(detail=detail, dense_layers=True)
    config = Path(f"configs/segmenter/{backbone}/mini.py")
    model = Architecture(config, name, layers, coarse_head=coarse_head).config(CLASSES).model
    model.decode_head[-1].edge_width = 1 / 64
    return MODELS.build(model)


def samples(label_maps: torch.Tensor) -> list[SegDataSample]:
    return [SegDataSample(gt_sem_seg=PixelData(data=label_map[None])) for label_map in label_maps]


def quarters(n: int = 2, size: int = 64) -> torch.Tensor:
    """Label maps of four squares, classes 0 to 3."""
    return torch.arange(4).view(1, 2, 2).repeat_interleave(size // 2, 1).repeat_interleave(size // 2, 2).repeat(n, 1, 1)


TERMS = {"aux.loss_ce", "aux.loss_lovasz", "seg.loss_ce", "seg.loss_lovasz"}
EDGE_TERMS = {"seg.loss_edge", "seg.loss_attention"}


@pytest.mark.parametrize("name", MODEL_NAMES)
@of_each_backbone
@with_each_coarse_head
def test_every_term_of_the_loss_is_named(name, backbone, coarse_head):
    losses = built(name, backbone=backbone, coarse_head=coarse_head).loss(torch.rand(2, 3, 64, 64), samples(quarters()))
    assert set(losses) == (TERMS if name == "ocrnet" else TERMS | EDGE_TERMS)


def test_no_edge_branch_without_fusion():
    assert not any("edge" in key or "dense_layers" in key for key in built("ocrnet").state_dict())


@pytest.mark.parametrize("name", MODEL_NAMES)
@of_each_backbone
@with_each_coarse_head
def test_every_parameter_learns(name, backbone, coarse_head):
    model = built(name, backbone=backbone, coarse_head=coarse_head)
    # The excitation's second layer and the correction start at zero and hold back what lies before them.
    for parameter in model.parameters():
        if parameter.abs().sum() == 0:
            torch.nn.init.normal_(parameter, std=0.1)
    losses = model.loss(torch.rand(2, 3, 64, 64), samples(quarters()))
    sum(losses.values()).backward()
    # ReLU may close an excitation's few hidden units, so weights are counted by layer.
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []
    assert [n for n, p in model.named_parameters() if ".se." not in n and p.grad.abs().sum() == 0] == []


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize("label_map", [torch.full((2, 64, 64), 255), torch.full((2, 64, 64), 3)])
def test_crops_without_labels_or_boundaries_give_finite_losses(name, label_map):
    losses = built(name).loss(torch.rand(2, 3, 64, 64), samples(label_map))
    assert all(loss.isfinite() for loss in losses.values())
    assert losses.get("seg.loss_attention", torch.tensor(0)) == 0


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_cross_entropy_at_half_resolution_leaves_ignored_pixels_out_of_its_mean(name):
    model = built(name).eval()
    image, label_map = torch.rand(2, 3, 64, 64), quarters()
    label_map[:, 20:] = 255
    with torch.no_grad():
        losses = model.loss(image, samples(label_map))
        logits = model(image, mode="tensor")
    expected = F.cross_entropy(logits, label_map[:, ::2, ::2], ignore_index=255)
    torch.testing.assert_close(losses["seg.loss_ce"], expected)


def test_cross_entropy_of_upsampled_logits_leaves_ignored_pixels_out_of_its_mean():
    model = built("ocrnet", detail=False).eval()
    image, label_map = torch.rand(2, 3, 64, 64), quarters()
    label_map[:, 20:] = 255
    with torch.no_grad():
        losses = model.loss(image, samples(label_map))
        logits = F.interpolate(model(image, mode="tensor"), (64, 64), mode="bilinear", align_corners=False)
    torch.testing.assert_close(losses["seg.loss_ce"], F.cross_entropy(logits, label_map, ignore_index=255))


def test_edge_attention_is_cross_entropy_at_boundary_pixels():
    model = built("eanet_cat", detail=False).eval()
    assert model.decode_head[-1].edge_width == 1 / 64
    image, label_map = torch.rand(2, 3, 64, 64), quarters()
    label_map[0, :8] = 255
    with torch.no_grad():
        losses = model.loss(image, samples(label_map))
        logits = model(image, mode="tensor")
    at = torch.zeros(64, 64, dtype=torch.bool)
    at[31:33], at[:, 31:33] = True, True  # the square of side 3 around these holds two classes
    at = at[None] & (label_map != 255)
    expected = F.cross_entropy(logits.permute(0, 2, 3, 1)[at], label_map[at])
    torch.testing.assert_close(losses["seg.loss_attention"], expected)


@pytest.mark.parametrize("name", MODEL_NAMES)
@of_each_backbone
@with_each_coarse_head
@pytest.mark.parametrize(
    ("size", "half"),
    [((96, 96), (48, 48)), ((128, 128), (64, 64)), ((160, 160), (80, 80)), ((65, 71), (34, 36))],
    ids=str,
)
def test_any_size_is_segmented(name, backbone, coarse_head, size, half):
    parts = dict(backbone=backbone, coarse_head=coarse_head)
    with torch.no_grad():
        logits = built(name, **parts).eval()(torch.rand(1, 3, *size), mode="tensor")
        published = built(name, detail=False, **parts).eval()(torch.rand(1, 3, *size), mode="tensor")
    assert logits.shape == (1, CLASSES, *half)
    quarter = tuple(side // 2 for side in half)
    assert published.shape == (1, CLASSES, *(quarter if name == "ocrnet" else size))


def test_an_image_is_laid_out_without_loss():
    image = torch.rand(2, 3, 8, 12)
    blocks = laid_out(image, 2, torch.Size((4, 6)))
    torch.testing.assert_close(F.pixel_shuffle(blocks, 2), image)


def test_an_unknown_fusion_is_refused():
    init_default_scope("mmseg")
    model = Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "eanet_cat").config(CLASSES).model
    model.decode_head[-1].fusion = "multiply"
    with pytest.raises(ValueError, match="expected none, add or cat"):
        MODELS.build(model)
