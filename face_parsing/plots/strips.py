"""Strips: short excerpts of clips with their frames side by side, which the report plays."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.imaging.resizing import resized_image, resized_labels

SIDE = 160  # of a frame in a strip, in pixels
FRAMES = 16  # the most in a strip
MARGIN = 0.15  # of the face's longer side


def busiest(flicker: np.ndarray, frames: int = FRAMES) -> slice:
    """Choose the run of consecutive frames of a clip that has the most flicker.

    Args:
        flicker: (T - 1,) float64, between neighbouring frames; NaN counts as none.
        frames: The length of the run; a shorter clip is taken whole.
    """
    sums = np.concatenate([[0], np.cumsum(np.nan_to_num(flicker))])
    shown = min(frames, len(sums))
    start = int((sums[shown - 1 :] - sums[: len(sums) - shown + 1]).argmax())
    return slice(start, start + shown)


def draw_strips(
    images: Sequence[np.ndarray], label_maps: Mapping[str, Sequence[np.ndarray]]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Crop frames and their label maps to the face and place them side by side.

    Args:
        images: The T frames, (H, W, 3) uint8 BGR each.
        label_maps: By name, the label maps of the frames, (H, W) uint8 each. One square crops them all: it contains the
            face of the first name (the ground truth) in every frame.

    Returns:
        The strip of frames, (160, 160 T, 3) uint8, and by name that of label maps, (160, 160 T) uint8.
    """
    region, side = _square(next(iter(label_maps.values())))
    size = SIDE, SIDE

    def cut(picture: np.ndarray) -> np.ndarray:
        piece = picture[region]
        padded = np.zeros((side, side, *picture.shape[2:]), picture.dtype)
        padded[: piece.shape[0], : piece.shape[1]] = piece
        return padded

    strip = np.hstack([resized_image(cut(image), size) for image in images])
    layers = {
        name: np.hstack([resized_labels(cut(label_map), size) for label_map in frame_maps])
        for name, frame_maps in label_maps.items()
    }
    return strip, layers


def _square(truths: Sequence[np.ndarray]) -> tuple[tuple[slice, slice], int]:
    """Return rows, columns and side of a square around the faces of all frames; it may extend beyond the frame."""
    shown = np.any([(truth > 0) & (truth != IGNORE_INDEX) for truth in truths], axis=0)
    x, y, width, height = cv2.boundingRect(shown.view(np.uint8))
    if width == 0:
        x, y, (height, width) = 0, 0, shown.shape
    margin = round(MARGIN * max(width, height))
    side = max(width, height) + 2 * margin
    left, top = max(x + width // 2 - side // 2, 0), max(y + height // 2 - side // 2, 0)
    return (slice(top, top + side), slice(left, left + side)), side
