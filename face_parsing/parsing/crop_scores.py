"""Class scores of crops from a segmentation network, whatever runs it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import cv2
import numpy as np

from face_parsing.imaging.resizing import resized_image

STRIDE = 32  # of HRNet's coarsest branch: its branches align only at multiples of it


class Network(Protocol):
    """A trained segmentation network.

    Attributes:
        guided: Whether it takes masks beside the images.
        gated: Whether masks pass a gate first; false without masks.
    """

    guided: bool
    gated: bool

    def __call__(self, images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """The logits (N, classes, h, w) float32 of images.

        Args:
            images: (N, H, W, 3) uint8 BGR.
            masks: (N, classes, H, W) float32 probabilities, for a guided network only; None for zeros.
        """


def crop_scores(
    network: Network,
    crops: Sequence[np.ndarray],
    size: int,
    scales: Sequence[float] = (1.0,),
    mirrored: Sequence[int] | None = None,
    probabilities: bool = False,
    offsets: Sequence[float] | None = None,
    masks: np.ndarray | None = None,
) -> np.ndarray:
    """Score the classes of a batch of square crops.

    Args:
        network: The network.
        crops: Images (S, S, 3) uint8 BGR, each of its own size S; at least one.
        size: Side of the network's input in pixels.
        scales: Scales of the network's input. Probabilities of several scales are averaged at the first one's
            resolution.
        mirrored: The mirror partner of each class. If given, the mirrored crop's probabilities are averaged in too,
            with left and right classes swapped back.
        probabilities: Whether to return probabilities even if nothing is averaged.
        offsets: One value per class, added to the logits.
        masks: (N, classes, h, w) float32 probabilities for a guided network; None for zeros.

    Returns:
        (N, classes, s, s) float32, s at most the input's side. They are logits if nothing is averaged and
        ``probabilities`` is false, otherwise probabilities.
    """
    added = np.float32(0) if offsets is None else np.asarray(offsets, np.float32)[:, None, None]

    def logits(images: np.ndarray, sized_masks: np.ndarray | None) -> np.ndarray:
        return network(images, sized_masks) + added

    def views() -> Iterator[np.ndarray]:
        for scale in scales:
            side = input_side(size, scale)
            images = np.stack([resized_image(crop, (side, side)) for crop in crops])
            sized_masks = None if masks is None else _resized(masks, (side, side))
            yield logits(images, sized_masks)
            if mirrored is not None:
                flipped = None if sized_masks is None else sized_masks[:, list(mirrored), :, ::-1]
                yield logits(images[:, :, ::-1], flipped)[:, list(mirrored), :, ::-1]

    if len(scales) == 1 and mirrored is None and not probabilities:
        return next(views())
    total, count = None, 0
    for view in views():
        scores = softmax(view)
        total = scores if total is None else total + _resized(scores, total.shape[:1:-1])
        count += 1
    assert total is not None  # there is at least one scale
    return total / np.float32(count)


def softmax(logits: np.ndarray, axis: int = 1) -> np.ndarray:
    """The probabilities of logits, whose classes lie along ``axis``."""
    scores = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return scores / scores.sum(axis=axis, keepdims=True)


def _resized(maps: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Resize maps (N, C, h, w) bilinearly to (width, height)."""
    width, height = size
    if maps.shape[2:] == (height, width):
        return maps
    flat = maps.reshape(-1, *maps.shape[2:])
    return np.stack([cv2.resize(each, (width, height)) for each in flat]).reshape(*maps.shape[:2], height, width)


def input_side(size: int, scale: float) -> int:
    """The side of the network's input in pixels at a scale of ``size``, a multiple of STRIDE."""
    return size if scale == 1 else max(round(size * scale / STRIDE), 1) * STRIDE
