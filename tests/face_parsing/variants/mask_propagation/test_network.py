"""The previous frame's mask: taken in, moved, made wrong for training, and kept out where it is."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.segmenter.architecture import Architecture
from face_parsing.variants.mask_propagation import network
from face_parsing.variants.mask_propagation.guidance import backward_flow
from face_parsing.variants.mask_propagation.network import corrupt_masks, gate_masks, warp_masks

CLASSES = 4
SIDE = 64


def built(name: str, kind: str) -> torch.nn.Module:
    torch.manual_seed(0)
    init_default_scope("mmseg")
    model = MODELS.build(
        Architecture(Path("configs/segmenter/se_hrnet/mini.py"), name, mask_propagation=kind).config(CLASSES).model
    )
    model.init_weights()
    return model


def batch(count: int = 2) -> tuple[torch.Tensor, list[SegDataSample]]:
    """Images (N, 3, SIDE, SIDE), and samples with a label map and another moment each."""
    generator = torch.Generator().manual_seed(0)
    samples = []
    for _ in range(count):
        label_map = torch.randint(CLASSES, (1, SIDE, SIDE), generator=generator)
        image = torch.randint(256, (3, SIDE, SIDE), generator=generator, dtype=torch.uint8)
        sample = SegDataSample(gt_sem_seg=PixelData(data=label_map))
        sample.set_data({"paired_frame": PixelData(image=image, flow=torch.zeros(2, SIDE, SIDE))})
        samples.append(sample)
    return torch.rand(count, 3, SIDE, SIDE, generator=generator), samples


def one_hot(label_map: torch.Tensor) -> torch.Tensor:
    """(N, H, W) to (N, CLASSES, H, W)."""
    return torch.nn.functional.one_hot(label_map, CLASSES).permute(0, 3, 1, 2).float()


def face(shift: int = 0) -> torch.Tensor:
    """Probabilities (1, CLASSES, SIDE, SIDE) of two parts on the background, some pixels further to the right."""
    label_map = torch.zeros(1, SIDE, SIDE, dtype=torch.long)
    label_map[:, 12:52, 12 + shift : 32 + shift] = 1
    label_map[:, 12:52, 32 + shift : 48 + shift] = 2
    return one_hot(label_map)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_network_that_has_learnt_nothing_of_masks_is_the_one_without(name):
    plain, guided = built(name, "none").eval(), built(name, "feed").eval()
    missing = guided.load_state_dict(plain.state_dict(), strict=False)
    assert missing.missing_keys == ["backbone.conv1.guide.weight"] and not missing.unexpected_keys
    image, mask = torch.rand(2, 3, SIDE, SIDE), torch.rand(2, CLASSES, SIDE, SIDE)
    with torch.no_grad():
        expected = plain(image, mode="tensor")
        torch.testing.assert_close(guided(torch.cat([image, mask], dim=1), mode="tensor"), expected)
        torch.testing.assert_close(guided(image, mode="tensor"), expected)


@pytest.mark.parametrize("kind", ["feed", "gated"])
def test_a_step_reaches_the_masks_kernels_and_names_the_same_losses(kind, monkeypatch):
    monkeypatch.setattr(network, "DROPPED", 0.0)
    monkeypatch.setattr(network, "LEAST", 0.0)
    model = built("eanet_cat", kind)
    losses = model.loss(*batch())
    assert losses.keys() == built("eanet_cat", "none").loss(*batch()).keys()
    sum(losses.values()).backward()
    assert model.backbone.conv1.guide.weight.grad.abs().sum() > 0
    assert model.training


def test_the_same_seed_draws_the_same_masks():
    model, (images, samples) = built("ocrnet", "gated"), batch(4)
    with torch.no_grad():
        one, other, another = (model._masks(images, samples) for _ in map(torch.manual_seed, (0, 0, 1)))
    assert torch.equal(one, other) and not torch.equal(one, another)


@pytest.mark.parametrize("resolution", [SIDE, SIDE // 2])
def test_a_mask_moves_by_the_flows_pixels_whatever_the_masks_resolution(resolution):
    mask = torch.rand(1, CLASSES, resolution, resolution)
    flow = torch.zeros(1, 2, SIDE, SIDE)
    flow[:, 0], flow[:, 1] = -8.0, 4.0  # each pixel was 8 to the left and 4 below
    steps = resolution * 8 // SIDE, resolution * 4 // SIDE
    expected = mask.roll((steps[0], -steps[1]), (3, 2))
    inside = (..., slice(None, -steps[1]), slice(steps[0], None))
    torch.testing.assert_close(warp_masks(mask, flow)[inside], expected[inside], atol=1e-4, rtol=0)


def test_what_comes_from_beyond_the_edge_is_the_edges():
    mask = face()
    flow = torch.zeros(1, 2, SIDE, SIDE)
    flow[:, 0] = -SIDE
    torch.testing.assert_close(warp_masks(mask, flow), mask[..., :1].expand_as(mask))


def test_the_flow_leads_back_to_where_a_pixel_was():
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    before = noise.repeat(8, 0).repeat(8, 1)
    flow = backward_flow(before, np.roll(before, (3, 5), (0, 1))).transpose(2, 0, 1)
    assert flow.shape == (2, 128, 128)
    np.testing.assert_allclose(np.median(flow[:, 16:-16, 16:-16], axis=(1, 2)), [-5, -3], atol=0.3)


def test_shares_of_a_trainings_masks_are_dropped_shifted_and_of_others():
    torch.manual_seed(0)
    count = 4000
    own = torch.rand(count, 1, 16, 16)
    wrong = corrupt_masks(own)
    dropped = (wrong == 0).all(dim=(1, 2, 3))
    alike = torch.isclose(wrong, own, atol=1e-4).all(dim=(1, 2, 3))
    strangers = torch.isclose(wrong, own.roll(1, 0), atol=1e-4).all(dim=(1, 2, 3))
    for share, expected in (
        (dropped, network.DROPPED),
        (strangers, network.STRANGERS),
        (~(dropped | strangers | alike), network.SHIFTED),
    ):
        assert abs(share.float().mean() - expected) < 3 * (expected * (1 - expected) / count) ** 0.5


def test_a_mask_that_agrees_goes_through_as_it_is():
    torch.testing.assert_close(gate_masks(face(), face()), face())


def test_a_mask_of_elsewhere_or_of_other_classes_is_dropped_whole():
    swapped = face()[:, [0, 2, 1, 3]]
    assert not gate_masks(face(shift=-12), face(shift=14)).any()
    assert not gate_masks(swapped, face()).any()


def test_no_mask_stays_none_and_no_face_asks_for_none():
    nothing = torch.zeros_like(face())
    background = one_hot(torch.zeros(1, SIDE, SIDE, dtype=torch.long))
    assert not gate_masks(nothing, face()).any()
    assert torch.isfinite(gate_masks(background, background)).all()


def test_only_the_wrong_part_of_a_mask_is_kept_out():
    mask = face()
    mask[:, :, 20:44, 33:47] = one_hot(torch.full((1, 24, 14), 3))  # a part that the image alone does not show
    let_in = gate_masks(mask, face())
    assert not let_in[:, :, 25:39, 37:43].any()
    torch.testing.assert_close(let_in[..., :26], mask[..., :26])


def test_each_image_has_a_gate_of_its_own():
    let_in = gate_masks(torch.cat([face(), face(shift=-12)]), torch.cat([face(), face(shift=14)]))
    torch.testing.assert_close(let_in[:1], face())
    assert not let_in[1].any()
