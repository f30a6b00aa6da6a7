"""SE-HRNet: mmseg's HRNet with squeeze-and-excitation in its residual blocks."""

from collections.abc import Callable

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmengine.model import constant_init
from mmseg.models.backbones.hrnet import HRModule, HRNet
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck
from mmseg.models.utils import SELayer, Upsample
from mmseg.registry import MODELS
from torch import nn

# Excitation is hsigmoid(x) = (x + 3) / 6. With this bias a block starts near one without SE, below the clamp at 1.
NEAR_IDENTITY = 2.4


class Excitation(SELayer):
    """mmseg's squeeze-and-excitation layer. It starts near the identity, so that weights without SE stay useful."""

    def __init__(self, channels: int, ratio: int):
        super().__init__(channels, ratio)
        self.init_weights()

    def init_weights(self) -> None:
        """Start near the identity; mmengine calls this after the backbone has initialized all convolutions."""
        constant_init(self.conv2.conv, 0, bias=NEAR_IDENTITY)


class SEBasicBlock(BasicBlock):
    """A residual block that scales the channels of its last normalization before the sum."""

    def __init__(self, inplanes: int, planes: int, *args, se_ratio: int = 16, **kwargs):
        super().__init__(inplanes, planes, *args, **kwargs)
        self.se = Excitation(planes, se_ratio)

    @property
    def norm2(self) -> Callable[[torch.Tensor], torch.Tensor]:
        """The last normalization followed by the excitation; the base's forward calls it where SE belongs."""
        norm = super().norm2
        return lambda x: self.se(norm(x))


class SEBottleneck(Bottleneck):
    """A bottleneck that scales the channels of its last normalization before the sum."""

    def __init__(self, inplanes: int, planes: int, *args, se_ratio: int = 16, **kwargs):
        super().__init__(inplanes, planes, *args, **kwargs)
        self.se = Excitation(planes * self.expansion, se_ratio)

    @property
    def norm3(self) -> Callable[[torch.Tensor], torch.Tensor]:
        """The last normalization followed by the excitation."""
        norm = super().norm3
        return lambda x: self.se(norm(x))


@MODELS.register_module()
class SEHRNet(HRNet):
    """HRNet (arXiv 1904.04514) with squeeze-and-excitation (arXiv 1709.01507) in every residual block.

    Args:
        se: Whether blocks have SE. Without it, keys and outputs equal those of mmseg's HRNet.
        stem_channels: Width of the two strided convolutions and of stage 1's input; 64 in the paper.
        kwargs: mmseg's HRNet arguments.
    """

    def __init__(self, *args, se: bool = True, stem_channels: int = 64, **kwargs):
        if se:
            self.blocks_dict = {"BASIC": SEBasicBlock, "BOTTLENECK": SEBottleneck}
        super().__init__(*args, **kwargs)
        if stem_channels != 64:
            self._narrow_stem(stem_channels)
        for module in self.modules():
            if isinstance(module, HRModule) and module.num_branches > 1:
                _upsample_once(module)

    def _narrow_stem(self, channels: int) -> None:
        # HRNet's constructor hard-codes a width of 64, so that the layers around it are rebuilt here.
        image_channels: int = self.conv1.in_channels  # type: ignore[has-type]
        self.conv1 = build_conv_layer(
            self.conv_cfg, image_channels, channels, kernel_size=3, stride=2, padding=1, bias=False
        )
        self.conv2 = build_conv_layer(self.conv_cfg, channels, channels, kernel_size=3, stride=2, padding=1, bias=False)
        setattr(self, self.norm1_name, build_norm_layer(self.norm_cfg, channels)[1])
        setattr(self, self.norm2_name, build_norm_layer(self.norm_cfg, channels)[1])
        stage = self.stage1_cfg
        block = self.blocks_dict[stage["block"]]
        self.layer1 = self._make_layer(block, channels, stage["num_channels"][0], stage["num_blocks"][0])


def _upsample_once(module: HRModule) -> None:
    """Remove the upsampling of the fusion's layers: the module's forward resizes their results too."""
    for row in module.fuse_layers:
        for layers in row:
            if isinstance(layers, nn.Sequential) and isinstance(layers[-1], Upsample):
                del layers[-1]
