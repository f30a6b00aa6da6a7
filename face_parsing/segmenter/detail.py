"""Decoding at half the image's resolution: eyes and lips are a cell or two of the backbone's grid."""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


class DetailDecoder(BaseModule):
    """Brings a feature from a quarter of the image's resolution to half, and joins it with what the image shows there.

    Each cell of the feature is laid out as a block of 2 x 2 by sub-pixel convolution (arXiv 1609.05158). The image
    comes to half resolution by the reverse, so that none of it is lost.

    Args:
        channels: Of the feature, before and after.
        lateral: Channels of each of the two that are joined.
        norm_cfg: Normalisation of the convolutions.
    """

    def __init__(self, channels: int, lateral: int, norm_cfg: dict):
        super().__init__()
        self.blocks = nn.Conv2d(channels, 4 * lateral, 1)
        self.image = ConvModule(4 * 3, lateral, 3, padding=1, norm_cfg=norm_cfg)
        self.joined = ConvModule(2 * lateral, channels, 3, padding=1, norm_cfg=norm_cfg)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Feature (N, C, h, w) and image (N, 3, H, W), H about 4 h, to a feature (N, C, 2 h, 2 w)."""
        blocks = F.pixel_shuffle(self.blocks(x), 2)
        return self.joined(torch.cat([blocks, self.image(laid_out(image, 2, blocks.shape[2:]))], dim=1))


def laid_out(image: Tensor, stride: int, size: torch.Size) -> Tensor:
    """An image (N, C, H, W) with its pixels of ``stride`` x ``stride`` blocks as channels, (N, C * stride², h, w).

    ``size`` is h, w; an image that is not exactly ``stride`` times as large is resized first.
    """
    full = [stride * side for side in size]
    if list(image.shape[2:]) != full:
        image = F.interpolate(image, full, mode="bilinear", align_corners=False)
    return F.pixel_unshuffle(image, stride)
