"""Boundaries between face parts: their targets, and the head that predicts them."""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from face_parsing.segmenter.decoding import resized


def boundary_map(label_map: Tensor, width: int, ignore_index: int = 255) -> Tensor:
    """Mark the boundaries between the classes of a label map.

    A pixel is boundary if the square of side 2 * width + 1 around it holds another class. Ignored pixels make no
    boundary, and are ignored in the result too.

    Args:
        label_map: (N, H, W) integer class ids.
        width: Pixels on each side of the change.
        ignore_index: The id of ignored pixels.

    Returns:
        (N, H, W) int64: 1 for boundary, 0 for none, ``ignore_index`` for ignored pixels.
    """
    ignored = label_map == ignore_index
    ids = label_map.float()

    def highest(values: Tensor) -> Tensor:
        return F.max_pool2d(values[:, None], 2 * width + 1, stride=1, padding=width)[:, 0]

    largest = highest(ids.masked_fill(ignored, -torch.inf))
    smallest = -highest((-ids).masked_fill(ignored, -torch.inf))
    return (largest != smallest).long().masked_fill(ignored, ignore_index)


class EdgeHead(BaseModule):
    """Predicts the boundaries between face parts from all resolutions of the backbone.

    Each resolution is projected and upsampled to the highest. A convolution over their concatenation gives the edge
    feature, and another one the boundary logits.

    Args:
        in_channels: Channels of the backbone's features, the highest resolution first.
        channels: Channels of the edge feature.
        norm_cfg: mmcv's config of the normalization layers.
        align_corners: Whether the bilinear resizing aligns corners.
    """

    def __init__(self, in_channels: list[int], channels: int, norm_cfg: dict, align_corners: bool = False):
        super().__init__(init_cfg=dict(type="Normal", std=0.01, override=dict(name="conv_edge")))
        self.align_corners = align_corners
        side = max(channels // len(in_channels), 4)
        self.projections = nn.ModuleList(ConvModule(c, side, 1, norm_cfg=norm_cfg) for c in in_channels)
        self.bottleneck = ConvModule(side * len(in_channels), channels, 3, padding=1, norm_cfg=norm_cfg)
        self.conv_edge = nn.Conv2d(channels, 1, 1)

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Map features (N, C_i, H_i, W_i) to the edge feature (N, C, H_0, W_0) and boundary logits (N, 1, H_0, W_0)."""
        size = features[0].shape[2:]
        projected = [
            resized(project(x), size, self.align_corners) for project, x in zip(self.projections, features, strict=True)
        ]
        feature = self.bottleneck(torch.cat(projected, dim=1))
        return feature, self.conv_edge(feature)
