"""Class scores of crops from a trained segmenter."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from face_parsing.imaging.resizing import resized_image

STRIDE = 32  # of HRNet's coarsest branch: its branches align only at multiples of it


def crop_scores(
    model: nn.Module,
    crops: Sequence[np.ndarray],
    size: int,
    scales: Sequence[float] = (1.0,),
    mirrored: Sequence[int] | None = None,
    probabilities: bool = False,
    offsets: Sequence[float] | None = None,
    masks: Tensor | None = None,
) -> np.ndarray:
    """Score the classes of a batch of square crops.

    Args:
        model: A segmentor in evaluation mode.
        crops: Images (S, S, 3) uint8 BGR, each of its own size S; at least one.
        size: Side of the network's input in pixels.
        scales: Scales of the network's input. Probabilities of several scales are averaged at the first one's
            resolution.
        mirrored: The mirror partner of each class. If given, the mirrored crop's probabilities are averaged in too,
            with left and right classes swapped back.
        probabilities: Whether to return probabilities even if nothing is averaged.
        offsets: One value per class, added to the logits.
        masks: (N, classes, h, w) probabilities that a GuidedEANet takes as further input; None for zeros.

    Returns:
        (N, classes, s, s) float32, s at most the input's side. They are logits if nothing is averaged and
        ``probabilities`` is false, otherwise probabilities.
    """
    with torch.inference_mode():
        inputs = [_guided(model, _batch(model, crops, _side(size, scale)), masks) for scale in scales]

        def network(images: Tensor) -> Tensor:
            logits = model(images, mode="tensor").float()
            return logits if offsets is None else logits + logits.new_tensor(offsets)[:, None, None]

        if len(scales) == 1 and mirrored is None and not probabilities:
            scores = network(inputs[0])
        else:
            scores = torch.stack(list(_views(network, inputs, mirrored))).mean(dim=0)
        return scores.cpu().numpy()


def _views(
    network: Callable[[Tensor], Tensor], inputs: Sequence[Tensor], mirrored: Sequence[int] | None
) -> Iterator[Tensor]:
    """Yield the probabilities (N, classes, s, s) of every scale, and of its mirror image, mirrored back."""
    shape = None
    for images in inputs:
        views = [network(images)]
        if mirrored is not None:
            views.append(network(_mirror(images, mirrored)).flip(-1)[:, list(mirrored)])
        shape = shape or views[0].shape[2:]
        for logits in views:
            probabilities = logits.softmax(dim=1)
            yield F.interpolate(probabilities, shape, mode="bilinear", align_corners=False)


def _batch(model: Any, crops: Sequence[np.ndarray], side: int) -> Tensor:
    inputs = [torch.from_numpy(resized_image(crop, (side, side)).transpose(2, 0, 1).copy()) for crop in crops]
    return model.data_preprocessor({"inputs": inputs})["inputs"].contiguous(memory_format=torch.channels_last)


def _guided(model: Any, images: Tensor, masks: Tensor | None) -> Tensor:
    """Append the masks to images (N, 3, H, W): (N, 3 + classes, H, W) for a GuidedEANet, unchanged for others."""
    if not model.guidance_channels:
        return images
    if masks is None:
        return F.pad(images, (0, 0, 0, 0, 0, model.guidance_channels))
    resized = F.interpolate(masks.to(images.device), images.shape[2:], mode="bilinear", align_corners=False)
    return torch.cat([images, resized], dim=1).contiguous(memory_format=torch.channels_last)


def _mirror(images: Tensor, mirrored: Sequence[int]) -> Tensor:
    """Mirror images and their masks, whose left and right classes swap."""
    image, masks = images[:, :3], images[:, 3:]
    if not masks.shape[1]:
        return images.flip(-1)
    return torch.cat([image, masks[:, list(mirrored)]], dim=1).flip(-1)


def _side(size: int, scale: float) -> int:
    return size if scale == 1 else max(round(size * scale / STRIDE), 1) * STRIDE
