"""Refinement of the logits near full resolution by densely connected layers, as in matting."""

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from face_parsing.segmenter.detail import laid_out


class DenseLayers(BaseModule):
    """A few DenseNet layers (arXiv 1608.06993) on logits and image that predict a correction of the logits.

    Args:
        num_classes: Channels of the logits.
        growth: Channels that each layer adds.
        num_layers: How many layers.
        norm_cfg: Normalisation of the convolutions.
        stride: The image's resolution over that of the logits: 1 as published.
    """

    def __init__(self, num_classes: int, growth: int, num_layers: int, norm_cfg: dict, stride: int = 1):
        # The correction starts at zero, so that training starts from the decoder's own logits.
        super().__init__(init_cfg=dict(type="Constant", val=0, override=dict(name="correction")))
        self.stride = stride
        channels = [num_classes + 3 * stride**2 + i * growth for i in range(num_layers + 1)]
        self.layers = nn.ModuleList(ConvModule(c, growth, 3, padding=1, norm_cfg=norm_cfg) for c in channels[:-1])
        self.correction = nn.Conv2d(channels[-1], num_classes, 1)

    def forward(self, logits: Tensor, image: Tensor) -> Tensor:
        """Logits (N, classes, h, w) and the normalised image (N, 3, H, W) to logits of the same shape."""
        x = torch.cat([logits, laid_out(image, self.stride, logits.shape[2:])], dim=1)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return logits + self.correction(x)
