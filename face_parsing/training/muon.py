"""Muon for convolutions with kernels larger than a pixel, AdamW for all other parameters."""

from typing import Any

from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MuonConstructor(DefaultOptimWrapperConstructor):
    """Splits a model's parameters into the two groups of ``pytorch_optimizer.Muon``.

    Muon (https://kellerjordan.github.io/posts/muon) orthogonalizes the update of a weight matrix, so that every
    direction of the features learns. It updates kernels whose smaller side is at least ``paramwise_cfg.muon_kernel``.
    AdamW updates pointwise convolutions, which gain nothing from Muon, and vectors, which Muon does not support.

    With the optimizer's ``use_adjusted_lr`` both groups take steps of equal size at one learning rate (arXiv
    2502.16982). They share ``lr`` and ``weight_decay``.
    """

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the optimizer with its two groups, in its wrapper."""
        wrapper = super().__call__(model)
        # mmengine reads the base learning rate from the optimizer's defaults, which lack it here.
        wrapper.base_param_settings["lr"] = self.base_lr
        return wrapper

    def add_params(self, params: list[dict[str, Any]], module: nn.Module, **kwargs) -> None:
        """Append the two parameter groups of ``module``."""
        least = self.paramwise_cfg["muon_kernel"]
        groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for weight in module.parameters():
            groups[weight.ndim == 4 and min(weight.shape[2:]) >= least].append(weight)
        params.extend(
            dict(params=weights, use_muon=muon, lr=self.base_lr, weight_decay=self.base_wd)
            for muon, weights in groups.items()
        )
