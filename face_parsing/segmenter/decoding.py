"""The layers after the object-contextual feature: a decoder at half resolution, and dense layers on the logits."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


def resized(x: Tensor, size: Sequence[int], align_corners: bool = False) -> Tensor:
    """Resize features (N, C, H, W) to ``size`` bilinearly; those of that size are returned as they are."""
    if x.shape[2:] == torch.Size(size):
        return x
    return F.interpolate(x, tuple(size), mode="bilinear", align_corners=align_corners)


class DetailDecoder(BaseModule):
    """Upsamples a feature from a quarter of the image's resolution to half, and fuses it with the image.

    Sub-pixel convolution (arXiv 1609.05158) turns each cell of the feature into 2 x 2 cells. Its inverse brings the
    image to half resolution, so that no pixel is lost.

    Args:
        channels: Channels of the input and output feature.
        lateral: Channels of each of the two that are fused: feature and image.
        norm_cfg: mmcv's config of the normalization layers.
    """

    def __init__(self, channels: int, lateral: int, norm_cfg: dict):
        super().__init__()
        self.blocks = nn.Conv2d(channels, 4 * lateral, 1)
        self.image = ConvModule(4 * 3, lateral, 3, padding=1, norm_cfg=norm_cfg)
        self.joined = ConvModule(2 * lateral, channels, 3, padding=1, norm_cfg=norm_cfg)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Map a feature (N, C, h, w) and an image (N, 3, H, W), H about 4 h, to a feature (N, C, 2 h, 2 w)."""
        blocks = F.pixel_shuffle(self.blocks(x), 2)
        return self.joined(torch.cat([blocks, self.image(laid_out(image, 2, blocks.shape[2:]))], dim=1))


def laid_out(image: Tensor, stride: int, size: torch.Size) -> Tensor:
    """Lay out the pixels of an image's ``stride`` x ``stride`` blocks as channels.

    Args:
        image: (N, C, H, W); one that is not exactly ``stride`` times as large as ``size`` is resized first.
        stride: Side of a block in pixels.
        size: h, w of the result.

    Returns:
        (N, C * stride², h, w).
    """
    return F.pixel_unshuffle(resized(image, [stride * side for side in size]), stride)


class DenseLayers(BaseModule):
    """DenseNet layers (arXiv 1608.06993) that predict a correction of the logits from logits and image.

    Args:
        num_classes: Channels of the logits.
        growth: Channels that each layer adds.
        num_layers: Number of layers.
        norm_cfg: mmcv's config of the normalization layers.
        stride: The image's resolution divided by that of the logits; 1 in the paper.
    """

    def __init__(self, num_classes: int, growth: int, num_layers: int, norm_cfg: dict, stride: int = 1):
        # The correction starts at zero, so that training starts from the decoder's own logits.
        super().__init__(init_cfg=dict(type="Constant", val=0, override=dict(name="correction")))
        self.stride = stride
        channels = [num_classes + 3 * stride**2 + i * growth for i in range(num_layers + 1)]
        self.layers = nn.ModuleList(ConvModule(c, growth, 3, padding=1, norm_cfg=norm_cfg) for c in channels[:-1])
        self.correction = nn.Conv2d(channels[-1], num_classes, 1)

    def forward(self, logits: Tensor, image: Tensor) -> Tensor:
        """Correct logits (N, classes, h, w) by the normalized image (N, 3, H, W); the shape stays."""
        # In one precision: torch.cat of bfloat16 and float32 is float32, which each layer would convert anew.
        x = torch.cat([logits, laid_out(image, self.stride, logits.shape[2:]).to(logits.dtype)], dim=1)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return logits + self.correction(x)
