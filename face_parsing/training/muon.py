"""Muon for the convolutions that see more than a pixel, AdamW for all other parameters."""

from typing import Any

from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MuonConstructor(DefaultOptimWrapperConstructor):
    """Sorts a model's parameters into the two groups of ``pytorch_optimizer.Muon``.

    Muon (https://kellerjordan.github.io/posts/muon) makes the update of a weight an orthogonal matrix, so that no
    direction of the features is left behind. ``paramwise_cfg.muon_kernel`` is the least side of a kernel whose weights
    take it. Pointwise convolutions are many and gain nothing by it; vectors can't take it. AdamW updates those.

    With the optimiser's ``use_adjusted_lr`` both groups move equally far at one rate (arXiv 2502.16982): ``lr`` and
    ``weight_decay`` are those of both.
    """

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The optimiser with its groups, wrapped."""
        wrapper = super().__call__(model)
        # mmengine reads the rate that its schedules report from the optimiser's defaults, where this one has none.
        wrapper.base_param_settings["lr"] = self.base_lr
        return wrapper

    def add_params(self, params: list[dict[str, Any]], module: nn.Module, **kwargs) -> None:
        """Append the two groups of the parameters of ``module``."""
        least = self.paramwise_cfg["muon_kernel"]
        groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for weight in module.parameters():
            groups[weight.ndim == 4 and min(weight.shape[2:]) >= least].append(weight)
        params.extend(
            dict(params=weights, use_muon=muon, lr=self.base_lr, weight_decay=self.base_wd)
            for muon, weights in groups.items()
        )
