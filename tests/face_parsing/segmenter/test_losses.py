"""The losses against mmseg's, which compute the same in another way."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor

CLASSES = 5
WEIGHTS = [0.2, 3.0, 1.0, 0.5, 2.0]


@pytest.fixture(autouse=True)
def scope():
    torch.manual_seed(0)
    init_default_scope("mmseg")


def of_pixels(loss: dict, logits: Tensor, label_map: Tensor) -> tuple[Tensor, Tensor]:
    """A loss, and its gradient with respect to the logits."""
    logits = logits.clone().requires_grad_()
    value = MODELS.build(loss)(logits, label_map, ignore_index=255)
    value.backward()
    return value.detach(), logits.grad


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            dict(type="ClassWeightedCrossEntropy", class_weight=WEIGHTS, loss_weight=0.4),
            dict(type="CrossEntropyLoss", class_weight=WEIGHTS, loss_weight=0.4),
        ),
        (dict(type="ClassWeightedCrossEntropy"), dict(type="CrossEntropyLoss", avg_non_ignore=True)),
        (dict(type="GridLovaszLoss", loss_weight=0.4), dict(type="LovaszLoss", reduction="none", loss_weight=0.4)),
    ],
)
@pytest.mark.parametrize("present", [range(CLASSES), [0, 3]])
def test_losses_and_gradients_are_the_librarys(ours, theirs, present):
    logits = 3 * torch.randn(2, CLASSES, 8, 8)
    label_map = torch.tensor([*present, 255])[torch.randint(len(present) + 1, (2, 8, 8))]
    (value, gradient), (expected, expected_gradient) = (of_pixels(loss, logits, label_map) for loss in (ours, theirs))
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient, expected_gradient, atol=2e-6, rtol=0)


def test_the_loss_of_ignored_pixels_only_is_zero_in_paper_too():
    model = Config.fromfile("configs/segmenter/se_hrnet/paper.py").model
    for loss in (loss for head in model.decode_head for loss in head.loss_decode):
        value, gradient = of_pixels(loss, torch.randn(1, CLASSES, 4, 4), torch.full((1, 4, 4), 255))
        assert value == 0 and not gradient.any()


def test_grid_lovasz_sees_the_pixels_of_its_grid_only():
    label_map = torch.randint(0, 4, (1, 8, 8))
    _, gradient = of_pixels(dict(type="GridLovaszLoss", stride=2), torch.randn(1, CLASSES, 8, 8), label_map)
    seen = gradient.abs().sum((0, 1)) > 0
    assert not seen[::2].any() and not seen[:, ::2].any() and seen[1::2, 1::2].any()
