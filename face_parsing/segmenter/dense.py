"""Refinement of the logits at full resolution by densely connected layers, as in matting."""

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


class DenseLayers(BaseModule):
    """A few DenseNet layers (arXiv 1608.06993) on logits and image that predict a correction of the logits.

    Args:
        num_classes: Channels of the logits.
        growth: Channels that each layer adds.
        num_layers: How many layers.
        norm_cfg: Normalisation of the convolutions.
    """

    def __init__(self, num_classes: int, growth: int, num_layers: int, norm_cfg: dict):
        # The correction starts at zero, so that training starts from the decoder's own logits.
        super().__init__(init_cfg=dict(type="Constant", val=0, override=dict(name="correction")))
        channels = [num_classes + 3 + i * growth for i in range(num_layers + 1)]
        self.layers = nn.ModuleList(ConvModule(c, growth, 3, padding=1, norm_cfg=norm_cfg) for c in channels[:-1])
        self.correction = nn.Conv2d(channels[-1], num_classes, 1)

    def forward(self, logits: Tensor, image: Tensor) -> Tensor:
        """Logits (N, classes, H, W) and the normalised image (N, 3, H, W) to logits of the same shape."""
        x = torch.cat([logits, image], dim=1)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return logits + self.correction(x)
