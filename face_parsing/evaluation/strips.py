"""Short pieces of clips as strips of their frames side by side, which the report plays."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from face_parsing.pipeline.labels import IGNORE_INDEX
from face_parsing.pipeline.resizing import resized_image, resized_labels

SIDE = 160  # of a frame in a strip, in pixels
FRAMES = 16  # of a strip, at most
MARGIN = 0.15  # of the face's longer side


def busiest(flicker: np.ndarray, frames: int = FRAMES) -> slice:
    """Which frames of a clip to show: as many in a row as there may be, those with the most flicker between them.

    Args:
        flicker: (T - 1,) float64, between neighbouring frames; not a number where there is none.
        frames: At most.
    """
    sums = np.concatenate([[0], np.cumsum(np.nan_to_num(flicker))])
    shown = min(frames, len(sums))
    start = int((sums[shown - 1 :] - sums[: len(sums) - shown + 1]).argmax())
    return slice(start, start + shown)


def draw_strips(
    images: Sequence[np.ndarray], label_maps: Mapping[str, Sequence[np.ndarray]]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Frames and their label maps cut to the face and put side by side.

    Args:
        images: (H, W, 3) uint8 BGR each.
        label_maps: By name, (H, W) uint8 of each frame. The square that is cut is one for all of them: it holds the
            face of the first name (the truth) in every frame.

    Returns:
        (160, 160 T, 3) uint8, and by name (160, 160 T) uint8.
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
        name: np.hstack([resized_labels(cut(label_map), size) for label_map in of_frames])
        for name, of_frames in label_maps.items()
    }
    return strip, layers


def _square(truths: Sequence[np.ndarray]) -> tuple[tuple[slice, slice], int]:
    """Rows and columns of a square around the faces of all frames, and its side, which may reach out of the frame."""
    shown = np.any([(truth > 0) & (truth != IGNORE_INDEX) for truth in truths], axis=0)
    x, y, width, height = cv2.boundingRect(shown.view(np.uint8))
    if width == 0:
        x, y, (height, width) = 0, 0, shown.shape
    margin = round(MARGIN * max(width, height))
    side = max(width, height) + 2 * margin
    left, top = max(x + width // 2 - side // 2, 0), max(y + height // 2 - side // 2, 0)
    return (slice(top, top + side), slice(left, left + side)), side
