"""The head of Panoptic FPN as the coarse head: a feature pyramid and a semantic head on all its levels."""

from mmengine.config import ConfigDict
from mmseg.models.decode_heads import FPNHead
from mmseg.models.necks import FPN
from mmseg.registry import MODELS
from torch import Tensor

from face_parsing.segmenter.heads import LossAtOwnResolution

STRIDES = (4, 8, 16, 32)
PYRAMID_CHANNELS = 256  # as published; the head has half as many


@MODELS.register_module()
class PanopticFPNHead(LossAtOwnResolution, FPNHead):
    """mmseg's FPN (arXiv 1612.03144) and its semantic head of Panoptic FPN (arXiv 1901.02446), as one decode head.

    It has CoarseHead's loss, and OCR starts from its logits. The pyramid has no normalization, as in mmseg's config.

    Args:
        in_channels: Channels of the backbone's features, at STRIDES.
        pyramid_channels: Channels of each level of the pyramid.
        kwargs: Arguments of mmseg's FPNHead.
    """

    def __init__(self, in_channels: list[int], pyramid_channels: int, **kwargs):
        super().__init__(feature_strides=STRIDES, in_channels=[pyramid_channels] * len(STRIDES), **kwargs)
        self.neck = FPN(in_channels, pyramid_channels, num_outs=len(STRIDES))

    def forward(self, inputs: list[Tensor]) -> Tensor:
        """Map features (N, C_i, H_i, W_i) to logits (N, classes, H_0, W_0); further inputs are ignored."""
        return super().forward(self.neck(self._transform_inputs(inputs)))


def panoptic_fpn(coarse: ConfigDict) -> ConfigDict:
    """Make the config of a PanopticFPNHead from that of the coarse head that it replaces.

    The pyramid has as many channels as the coarse head, at most PYRAMID_CHANNELS.

    Args:
        coarse: Config of the coarse head.
    """
    kept = {key: coarse[key] for key in ("in_channels", "in_index", "norm_cfg", "dropout_ratio", "loss_decode")}
    pyramid = min(coarse.channels, PYRAMID_CHANNELS)
    return ConfigDict(type="PanopticFPNHead", pyramid_channels=pyramid, channels=pyramid // 2, **kept)
