"""Label maps of crops and of whole frames from a trained segmenter."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from stages.faces.crops import cut, paste, square


def frame_label_maps(
    model: nn.Module,
    images: Sequence[np.ndarray],
    boxes: Sequence[np.ndarray],
    *,
    margin: float,
    pad_value: int,
    size: int,
) -> list[np.ndarray]:
    """Segment a batch of frames, face by face.

    Args:
        model: A segmentor in evaluation mode.
        images: Frames (H, W, 3) uint8 BGR, each of its own size.
        boxes: Of each frame its faces' boxes (n, 4), by ascending score: where faces overlap, the last one stays.
        margin, pad_value: The crop around a box, see stages.faces.crops.
        size: Side of the network's input in pixels.

    Returns:
        A label map (H, W) uint8 for every frame, background outside of all crops.
    """
    label_map_of = [np.zeros(image.shape[:2], np.uint8) for image in images]
    places = [(i, square(box, margin)) for i, of_frame in enumerate(boxes) for box in of_frame]
    crops = [cut(images[i], place, pad_value) for i, place in places]
    for (i, place), label_map in zip(places, crop_label_maps(model, crops, size), strict=True):
        paste(label_map_of[i], label_map, place)
    return label_map_of


def crop_label_maps(model: nn.Module, crops: Sequence[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Segment a batch of square crops.

    The logits are upsampled bilinearly to each crop's own size and only then reduced by argmax; the other way round,
    with nearest-neighbour resizing, is jagged and cost the method's authors a point.

    Args:
        model: A segmentor in evaluation mode.
        crops: Images (S, S, 3) uint8 BGR, each of its own size S.
        size: Side of the network's input in pixels.

    Yields:
        A label map (S, S) uint8 for every crop.
    """
    inputs = [torch.from_numpy(_resized(crop, size).transpose(2, 0, 1).copy()) for crop in crops]
    with torch.inference_mode():
        logits = model(model.data_preprocessor({"inputs": inputs})["inputs"], mode="tensor")
        for crop, one in zip(crops, logits, strict=True):
            full = F.interpolate(one[None], crop.shape[:2], mode="bilinear", align_corners=model.align_corners)
            yield full[0].argmax(0).to(torch.uint8).cpu().numpy()


def _resized(crop: np.ndarray, size: int) -> np.ndarray:
    interpolation = cv2.INTER_AREA if crop.shape[0] > size else cv2.INTER_LINEAR
    return cv2.resize(crop, (size, size), interpolation=interpolation)
