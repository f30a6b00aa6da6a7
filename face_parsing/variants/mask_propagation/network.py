"""A segmentor with the previous frame's mask as input, and the gate that rejects wrong masks."""

from typing import Any

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn

from face_parsing.segmenter.segmentor import EANet
from face_parsing.variants.mask_propagation.guidance import LEAST, OPENING, WINDOW

# Shares of a training's masks that are dropped, shifted, or replaced by another face's; see corrupt_masks.
DROPPED, SHIFTED, STRANGERS = 0.25, 0.1, 0.1
SHIFT = 0.15  # maximum, as a share of the side


class GuidedConv2d(nn.Conv2d):
    """A convolution that also takes a mask, stacked after the image's channels.

    The mask's kernels are initialized to zero, so the network starts as the one without a mask.

    Args:
        image: The convolution to replace; its weights keep their keys.
        channels: Number of channels of the mask.
    """

    def __init__(self, image: nn.Conv2d, channels: int):
        shape: dict[str, Any] = {
            key: getattr(image, key) for key in ("out_channels", "kernel_size", "stride", "padding")
        }
        super().__init__(image.in_channels, bias=image.bias is not None, **shape)
        self.guide = nn.Conv2d(channels, bias=False, **shape)

    def forward(self, x: Tensor) -> Tensor:
        """Map image and mask (N, 3 + channels, H, W) to features (N, C, h, w)."""
        image, mask = x.split([self.in_channels, self.guide.in_channels], dim=1)
        return super().forward(image) + self.guide(mask)


@MODELS.register_module()
class GuidedEANet(EANet):
    """EANet with the previous frame's mask as ``guidance_channels`` more inputs, one class probability each.

    Zeros mean no mask. A training takes pairs of frames (``FramePairs``). The network parses the other frame without a
    mask, and its result is warped to this frame and corrupted as masks are in a clip: missing, misplaced, or another
    face's. So the network learns how reliable masks are; ground-truth masks would teach it to trust them.

    Args:
        gated: Whether masks go through :func:`gate_masks`, in training and inference.
        kwargs: Arguments of EANet.
    """

    def __init__(self, *, gated: bool, **kwargs):
        super().__init__(**kwargs)
        self.gated = gated
        self.guidance_channels = self.num_classes
        name, first = next((n, m) for n, m in self.backbone.named_modules() if isinstance(m, nn.Conv2d))
        parent = self.backbone.get_submodule(name.rpartition(".")[0])
        setattr(parent, name.rpartition(".")[2], GuidedConv2d(first, self.guidance_channels))

    def init_weights(self) -> None:
        """Initialize the base, and the mask's kernels with zeros."""
        super().init_weights()
        for module in self.backbone.modules():
            if isinstance(module, GuidedConv2d):
                nn.init.zeros_(module.guide.weight)

    def extract_feat(self, inputs: Tensor) -> list[Tensor]:
        """Map image and mask (N, 3 + classes, H, W) to the backbone's features and the image; no mask means zeros."""
        missing = 3 + self.guidance_channels - inputs.shape[1]
        inputs = F.pad(inputs, (0, 0, 0, 0, 0, missing))
        return [*super().extract_feat(inputs)[:-1], inputs[:, :3]]

    def loss(self, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        """EANet's losses of images (N, 3, H, W), with corrupted masks of the paired frames."""
        with torch.no_grad():
            masks = self._masks(inputs, data_samples)
        return super().loss(torch.cat([inputs, masks.to(inputs.dtype)], dim=1), data_samples)

    def _masks(self, inputs: Tensor, data_samples: list) -> Tensor:
        """A mask for every image, (N, classes, H, W)."""
        images = [sample.paired_frame.image for sample in data_samples]
        others = self.data_preprocessor({"inputs": images})["inputs"]
        flows = torch.stack([sample.paired_frame.flow for sample in data_samples])
        self.eval()  # batch norm uses its running statistics, as in inference
        masks = corrupt_masks(warp_masks(self._probabilities(others), flows))
        if self.gated:
            masks = gate_masks(masks, self._probabilities(inputs))
        self.train()
        return F.interpolate(masks, inputs.shape[2:], mode="bilinear", align_corners=False)

    def _probabilities(self, images: Tensor) -> Tensor:
        return self(images, mode="tensor").float().softmax(dim=1)


def warp_masks(masks: Tensor, flows: Tensor) -> Tensor:
    """Warp masks (N, classes, h, w) by backward flows (N, 2, H, W) of any resolution.

    Pixels from beyond the edge get the edge's values.
    """
    height, width = masks.shape[2:]
    scale = flows.new_tensor([2 / flows.shape[3], 2 / flows.shape[2]])  # grid_sample's unit is half a side
    steps = F.interpolate(flows, (height, width), mode="bilinear", align_corners=False).permute(0, 2, 3, 1) * scale
    identity = torch.eye(2, 3, device=masks.device).expand(len(masks), 2, 3)
    grid = F.affine_grid(identity, list(masks.shape), align_corners=False)
    return F.grid_sample(masks, grid + steps, padding_mode="border", align_corners=False)


def corrupt_masks(masks: Tensor) -> Tensor:
    """Drop, shift, or exchange random shares of the masks (N, classes, h, w)."""
    kinds = torch.rand(len(masks))
    shifts = (2 * torch.rand(len(masks), 2) - 1) * SHIFT * masks.shape[3]
    dropped = kinds < DROPPED
    shifted = (kinds >= DROPPED) & (kinds < DROPPED + SHIFTED)
    strangers = kinds >= 1 - STRANGERS
    steps = torch.where(shifted[:, None], shifts, 0.0).to(masks.device)
    flows = steps[:, :, None, None].expand(-1, -1, *masks.shape[2:])
    sources = torch.where(strangers, torch.arange(len(masks)) - 1, torch.arange(len(masks)))
    return warp_masks(masks[sources], flows) * ~dropped.to(masks.device)[:, None, None, None]


def gate_masks(masks: Tensor, alone: Tensor) -> Tensor:
    """Keep masks where they agree with the network's probabilities without masks; zeros elsewhere.

    Agreement is the cosine between the probabilities in a window around a pixel. A mask is dropped if its foreground
    agrees too little over the whole crop, as after a cut or a bad frame. So errors do not propagate to an image that
    contradicts them.

    Args:
        masks: Warped masks, (N, classes, h, w).
        alone: Probabilities without masks, (N, classes, h, w).
    """

    side = 2 * round(WINDOW * masks.shape[3] / 2) + 1

    def near(first: Tensor, second: Tensor) -> Tensor:
        return F.avg_pool2d((first * second).sum(dim=1, keepdim=True), side, stride=1, padding=side // 2)

    cosine = near(masks, alone) / (near(masks, masks) * near(alone, alone)).sqrt().clamp(min=1e-6)
    low, high = OPENING
    gate = ((cosine - low) / (high - low)).clamp(0, 1)
    parts, parts_alone = masks[:, 1:], alone[:, 1:]
    shared = torch.minimum(parts, parts_alone).sum(dim=(1, 2, 3), keepdim=True)
    either = torch.maximum(parts, parts_alone).sum(dim=(1, 2, 3), keepdim=True)
    return masks * gate * (shared >= LEAST * either)
