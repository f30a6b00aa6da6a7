"""Lovasz-softmax on a grid of pixels."""

from mmseg.models.losses import LovaszLoss
from mmseg.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class GridLovaszLoss(LovaszLoss):
    """mmseg's Lovasz-softmax (arXiv 1705.08790) on every n-th pixel of every n-th row.

    The loss sorts all pixels once per class, which at full resolution costs as much as the network. Neighbouring pixels
    hardly differ. If all pixels are ignored the loss is 0, where mmseg's is NaN.

    Args:
        stride: The n, in pixels.
        kwargs: mmseg's LovaszLoss arguments.
    """

    def __init__(self, stride: int, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def forward(self, cls_score: Tensor, label: Tensor, weight: None = None, ignore_index: int = 255) -> Tensor:
        """The scalar loss of logits (N, classes, H, W) and label maps (N, H, W); mmseg's heads pass no ``weight``."""
        grid = slice(self.stride // 2, None, self.stride)
        label = label[:, grid, grid].contiguous()
        if (label != ignore_index).sum() < 2:  # the base fails with fewer
            return cls_score.sum() * 0
        return super().forward(cls_score[:, :, grid, grid].float(), label, ignore_index=ignore_index)
