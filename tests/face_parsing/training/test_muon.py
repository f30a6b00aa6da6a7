import pytest
import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from torch import nn

import face_parsing.training.muon  # noqa: F401  (registers the constructor)

RATE = 0.01


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 2, 1))


def wrapped(model: nn.Module) -> OptimWrapper:
    config = dict(
        type="OptimWrapper",
        constructor="MuonConstructor",
        paramwise_cfg=dict(muon_kernel=3),
        optimizer=dict(type="pytorch_optimizer.Muon", lr=RATE, weight_decay=0.0, use_adjusted_lr=True),
    )
    return build_optim_wrapper(model, config)


def test_every_parameter_is_in_one_group_and_only_spatial_kernels_take_muon(model):
    muon, adam = wrapped(model).optimizer.param_groups
    assert (muon["use_muon"], adam["use_muon"]) == (True, False)
    assert [id(p) for p in muon["params"]] == [id(model[0].weight)]
    assert {id(p) for p in adam["params"]} == {id(p) for p in model.parameters()} - {id(model[0].weight)}
    assert muon["lr"] == adam["lr"] == RATE


def test_a_schedule_lowers_the_rates_of_both_groups_and_the_one_reported(model):
    wrapper = wrapped(model)
    schedule = PARAM_SCHEDULERS.build(dict(type="LinearLR", optimizer=wrapper, start_factor=0.5, end=9, by_epoch=False))
    schedule.step()
    rate = RATE * (0.5 + 0.5 / 8)
    assert wrapper.get_lr() == {"base_lr": [pytest.approx(rate)], "lr": [pytest.approx(rate)] * 2}


def test_a_step_moves_a_kernel_by_an_orthogonal_matrix_and_the_rest_by_the_rate(model):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    wrapper = wrapped(model)
    wrapper.update_params(model(torch.randn(2, 4, 9, 9)).square().mean())
    moved = {name: before[name] - p.detach() for name, p in model.named_parameters()}
    # Newton-Schulz brings singular values near 1, not to it; the factor is arXiv 2502.16982's 0.2 sqrt(longer side).
    kernel = moved["0.weight"].reshape(8, -1) / (RATE * 0.2 * 36**0.5)
    assert torch.linalg.svdvals(kernel).numpy() == pytest.approx(1.0, abs=0.35)
    # AdamW's first step is the sign of the gradient.
    assert moved["2.weight"].abs().numpy() == pytest.approx(RATE, rel=1e-3)
