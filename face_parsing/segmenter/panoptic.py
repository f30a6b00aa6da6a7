"""The head of Panoptic FPN as the coarse head: a feature pyramid, and what segments from all of its levels."""

from mmengine.config import ConfigDict
from mmseg.models.decode_heads import FPNHead
from mmseg.models.necks import FPN
from mmseg.registry import MODELS
from torch import Tensor

from face_parsing.segmenter.heads import LossAtOwnResolution

STRIDES = (4, 8, 16, 32)
PYRAMID_CHANNELS = 256  # as published; the head has half of the pyramid's


@MODELS.register_module()
class PanopticFPNHead(LossAtOwnResolution, FPNHead):
    """mmseg's FPN (arXiv 1612.03144) and its semantic head of Panoptic FPN (arXiv 1901.02446), as one decode head.

    Its loss is CoarseHead's, and its logits are where OCR starts from. As in mmseg's own config the pyramid has no
    normalisation.

    Args:
        in_channels: Channels of the backbone's features, at STRIDES.
        pyramid_channels: Of each level of the pyramid.
        kwargs: mmseg's FPNHead arguments.
    """

    def __init__(self, in_channels: list[int], pyramid_channels: int, **kwargs):
        super().__init__(feature_strides=STRIDES, in_channels=[pyramid_channels] * len(STRIDES), **kwargs)
        self.neck = FPN(in_channels, pyramid_channels, num_outs=len(STRIDES))

    def forward(self, inputs: list[Tensor]) -> Tensor:
        """Features (N, C_i, H_i, W_i), and whatever follows them, to logits (N, classes, H_0, W_0)."""
        return super().forward(self.neck(self._transform_inputs(inputs)))


def panoptic_fpn(coarse: ConfigDict) -> ConfigDict:
    """The config of a PanopticFPNHead in the place of a coarse head.

    The pyramid is as wide as the coarse head, but no wider than as published.

    Args:
        coarse: The coarse head's config.
    """
    kept = {key: coarse[key] for key in ("in_channels", "in_index", "norm_cfg", "dropout_ratio", "loss_decode")}
    pyramid = min(coarse.channels, PYRAMID_CHANNELS)
    return ConfigDict(type="PanopticFPNHead", pyramid_channels=pyramid, channels=pyramid // 2, **kept)
