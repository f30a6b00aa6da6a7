"""The previous frame's mask beside the image: a segmentor that takes it in, and the gate that keeps a wrong one out."""

from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn

from face_parsing.pipeline.optical_flow import flow_between
from face_parsing.segmenter.segmentor import EANet

# Of a training's previous masks. The rest are what the network says of the other frame, moved to this one.
DROPPED, SHIFTED, STRANGERS = 0.25, 0.1, 0.1
SHIFT = 0.15  # at most, of the side

# The gate opens where the two masks' agreement rises from the first to the second.
OPENING = (0.6, 0.8)
WINDOW = 1 / 16  # of the side: the surroundings in which they have to agree
LEAST = 0.5  # agreement of the parts of two masks of one face, over the whole crop


class GuidedConv2d(nn.Conv2d):
    """A convolution of an image that also takes a mask, stacked after the image's channels.

    The mask's kernels start at zero: with first weights of the image's kernels alone, the network starts as what it
    was without the mask.

    Args:
        image: The convolution in whose place this comes; its keys stay.
        channels: Of the mask.
    """

    def __init__(self, image: nn.Conv2d, channels: int):
        shape: dict[str, Any] = {
            key: getattr(image, key) for key in ("out_channels", "kernel_size", "stride", "padding")
        }
        super().__init__(image.in_channels, bias=image.bias is not None, **shape)
        self.guide = nn.Conv2d(channels, bias=False, **shape)

    def forward(self, x: Tensor) -> Tensor:
        """Image and mask (N, 3 + channels, H, W) to features (N, C, h, w)."""
        image, mask = x.split([self.in_channels, self.guide.in_channels], dim=1)
        return super().forward(image) + self.guide(mask)


@MODELS.register_module()
class GuidedEANet(EANet):
    """EANet whose image comes with the previous frame's mask: ``guidance_channels`` more, a class's probability each.

    Zeros are no mask. A training takes pairs of frames (:class:`face_parsing.segmenter.moments.TwoMoments`). What the
    network, without a mask, says of the other frame is moved to this one and made wrong in the ways that a mask is
    wrong in a clip: it is missing, has not followed the face, or is another face's. So it learns what such masks are
    worth, where the truth's would teach it to trust them.

    Args:
        gated: Whether masks go through :func:`gated`, in training as in use.
        kwargs: EANet's arguments.
    """

    def __init__(self, *, gated: bool, **kwargs):
        super().__init__(**kwargs)
        self.gated = gated
        self.guidance_channels = self.num_classes
        name, first = next((n, m) for n, m in self.backbone.named_modules() if isinstance(m, nn.Conv2d))
        parent = self.backbone.get_submodule(name.rpartition(".")[0])
        setattr(parent, name.rpartition(".")[2], GuidedConv2d(first, self.guidance_channels))

    def init_weights(self) -> None:
        """The base's, and no effect of masks."""
        super().init_weights()
        for module in self.backbone.modules():
            if isinstance(module, GuidedConv2d):
                nn.init.zeros_(module.guide.weight)

    def extract_feat(self, inputs: Tensor) -> list[Tensor]:
        """Image and mask (N, 3 + classes, H, W) to the backbone's features followed by the image; no mask is zeros."""
        missing = 3 + self.guidance_channels - inputs.shape[1]
        inputs = F.pad(inputs, (0, 0, 0, 0, 0, missing))
        return [*super().extract_feat(inputs)[:-1], inputs[:, :3]]

    def loss(self, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        """EANet's losses, of images (N, 3, H, W) with masks that are as wrong as those in use."""
        with torch.no_grad():
            masks = self._masks(inputs, data_samples)
        return super().loss(torch.cat([inputs, masks.to(inputs.dtype)], dim=1), data_samples)

    def _masks(self, inputs: Tensor, data_samples: list) -> Tensor:
        """A mask for every image, (N, classes, H, W)."""
        images = [sample.other_moment.image for sample in data_samples]
        others = self.data_preprocessor({"inputs": images})["inputs"]
        flows = torch.stack([sample.other_moment.flow for sample in data_samples])
        self.eval()  # as in use: what batch statistics there are so far
        masks = made_wrong(moved(self._probabilities(others), flows))
        if self.gated:
            masks = gated(masks, self._probabilities(inputs))
        self.train()
        return F.interpolate(masks, inputs.shape[2:], mode="bilinear", align_corners=False)

    def _probabilities(self, images: Tensor) -> Tensor:
        return self(images, mode="tensor").float().softmax(dim=1)


def optical_flow(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Where each pixel of an image was in the one before: (2, H, W) float32, the steps to the right and down.

    Args:
        before: (H, W, 3) uint8 BGR.
        now: Likewise.
    """
    here, there = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (now, before))
    return flow_between(here, there, cv2.DISOPTICAL_FLOW_PRESET_FAST).transpose(2, 0, 1)


def moved(masks: Tensor, flows: Tensor) -> Tensor:
    """Masks (N, classes, h, w) brought to where their pixels have gone, by flows (N, 2, H, W) of any resolution.

    What comes from beyond the edge is the edge's.
    """
    height, width = masks.shape[2:]
    scale = flows.new_tensor([2 / flows.shape[3], 2 / flows.shape[2]])  # grid_sample's unit is half a side
    steps = F.interpolate(flows, (height, width), mode="bilinear", align_corners=False).permute(0, 2, 3, 1) * scale
    still = torch.eye(2, 3, device=masks.device).expand(len(masks), 2, 3)
    grid = F.affine_grid(still, list(masks.shape), align_corners=False)
    return F.grid_sample(masks, grid + steps, padding_mode="border", align_corners=False)


def made_wrong(masks: Tensor) -> Tensor:
    """Masks (N, classes, h, w) of which shares are dropped, shifted, or another image's, drawn anew."""
    kinds = torch.rand(len(masks))
    shifts = (2 * torch.rand(len(masks), 2) - 1) * SHIFT * masks.shape[3]
    dropped = kinds < DROPPED
    shifted = (kinds >= DROPPED) & (kinds < DROPPED + SHIFTED)
    strangers = kinds >= 1 - STRANGERS
    still = torch.where(shifted[:, None], shifts, 0.0).to(masks.device)
    flows = still[:, :, None, None].expand(-1, -1, *masks.shape[2:])
    of_others = torch.where(strangers, torch.arange(len(masks)) - 1, torch.arange(len(masks)))
    return moved(masks[of_others], flows) * ~dropped.to(masks.device)[:, None, None, None]


def gated(masks: Tensor, alone: Tensor) -> Tensor:
    """Masks where they agree with what a network says of the images without them, and zeros elsewhere.

    Agreement is the cosine between the two's probabilities in a pixel's surroundings. A mask whose parts agree too
    little over the whole crop, as after a cut or a bad frame, is dropped whole. So an error that an image does not
    share is not handed on.

    Args:
        masks: (N, classes, h, w), already moved.
        alone: Probabilities, likewise.
    """

    side = 2 * round(WINDOW * masks.shape[3] / 2) + 1

    def near(one: Tensor, other: Tensor) -> Tensor:
        return F.avg_pool2d((one * other).sum(dim=1, keepdim=True), side, stride=1, padding=side // 2)

    cosine = near(masks, alone) / (near(masks, masks) * near(alone, alone)).sqrt().clamp(min=1e-6)
    low, high = OPENING
    gate = ((cosine - low) / (high - low)).clamp(0, 1)
    parts, parts_alone = masks[:, 1:], alone[:, 1:]
    shared = torch.minimum(parts, parts_alone).sum(dim=(1, 2, 3), keepdim=True)
    either = torch.maximum(parts, parts_alone).sum(dim=(1, 2, 3), keepdim=True)
    return masks * gate * (shared >= LEAST * either)
