"""Deformable convolution for small networks on a CPU."""

import torch
import torch.nn.functional as F
from mmcv.ops import DeformConv2dPack
from mmengine.registry import MODELS
from torch import Tensor


@MODELS.register_module("SampledDCN")
class SampledDeformConv(DeformConv2dPack):
    """mmcv's deformable convolution (arXiv 1703.06211) by torch's grid_sample, with the same weights and results.

    On a CPU mmcv's operator takes most of its time to differentiate by the offsets, one number after another.

    >>> layer = SampledDeformConv(3, 8, kernel_size=3, padding=1)
    >>> layer(torch.zeros(1, 3, 10, 6)).shape
    torch.Size([1, 8, 10, 6])

    Raises:
        ValueError: ``groups`` or ``deform_groups`` is not 1.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if (self.groups, self.deform_groups) != (1, 1):
            raise ValueError(f"groups {self.groups}, deform_groups {self.deform_groups}; expected 1 and 1")

    def forward(self, x: Tensor) -> Tensor:
        """Map a feature (N, C, H, W) to (N, out_channels, h, w), as a convolution of the same arguments does."""
        offset = self.conv_offset(x)
        number, _, height, width = offset.shape
        # Offsets are ordered by tap, y before x.
        down, across = offset.reshape(number, *self.kernel_size, 2, height, width).unbind(3)
        down = down + self._taps(0, height, offset)[None, :, None, :, None]
        across = across + self._taps(1, width, offset)[None, None, :, None, :]
        # grid_sample's coordinates run from -1 to 1 between the outer edges of the outer cells.
        grid = torch.stack([(2 * across + 1) / x.shape[3] - 1, (2 * down + 1) / x.shape[2] - 1], dim=-1)
        sampled = F.grid_sample(x, grid.reshape(number, -1, width, 2), align_corners=False)
        columns = sampled.reshape(number, -1, height * width)  # (N, channels * taps, h * w)
        return (self.weight.flatten(1) @ columns).reshape(number, -1, height, width)

    def _taps(self, axis: int, cells: int, like: Tensor) -> Tensor:
        """Where the undeformed kernel reads along an axis: (taps, cells), in cells of the input."""
        taps = torch.arange(self.kernel_size[axis], dtype=like.dtype, device=like.device) * self.dilation[axis]
        starts = torch.arange(cells, dtype=like.dtype, device=like.device) * self.stride[axis] - self.padding[axis]
        return taps[:, None] + starts
