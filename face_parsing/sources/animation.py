"""A clip made from a single image: a slow random pan, zoom and roll of image and label map."""

from collections.abc import Iterator

import cv2
import numpy as np

ZOOM = (1.15, 1.5)
ROLL = np.deg2rad(6)  # maximum, to either side
PAN = 0.9  # maximum, as a share of the room that the view leaves


def animate(
    image: np.ndarray, label_map: np.ndarray, frames: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the frames of an animated image, each an image (H, W, 3) uint8 and its label map (H, W) uint8.

    Frames have the size of the image. No pixel shows anything outside the image.

    Args:
        image: (H, W, 3) uint8.
        label_map: (H, W) uint8.
        frames: Number of frames.
        rng: Draws the motion.
    """
    height, width = label_map.shape
    for matrix in views(frames, height, width, rng):
        flags = cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(
            image, matrix, (width, height), flags=flags | cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        labels = cv2.warpAffine(
            label_map, matrix, (width, height), flags=flags | cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        )
        yield moved, labels


def views(frames: int, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Affine matrices (frames, 2, 3) that map a frame's pixel (x, y, 1) to its place in the image."""
    zoom, roll, right, down = (_swing(frames, rng) for _ in range(4))
    roll = ROLL * roll
    # The rotated and scaled view leaves room for the pan on every side.
    spans = np.stack(
        [
            np.cos(roll) * width + np.abs(np.sin(roll)) * height,
            np.cos(roll) * height + np.abs(np.sin(roll)) * width,
        ]
    )
    size = np.array([[width], [height]])
    zoom = np.maximum(np.interp(zoom, [-1, 1], ZOOM), (spans / size).max(axis=0))
    room = (size - spans / zoom) / 2
    x, y = PAN * room * np.stack([right, down])
    cos, sin = np.cos(roll) / zoom, np.sin(roll) / zoom
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    return np.stack(
        [
            np.stack([cos, -sin, middle_x + x - cos * middle_x + sin * middle_y], axis=-1),
            np.stack([sin, cos, middle_y + y - sin * middle_x - cos * middle_y], axis=-1),
        ],
        axis=1,
    )


def _swing(frames: int, rng: np.random.Generator) -> np.ndarray:
    """A slow wave (frames,) between -1 and 1: up to one period over the clip, with a random phase."""
    periods, start, height = rng.uniform(0.4, 1.0), rng.uniform(0, 1), rng.uniform(0.4, 1.0)
    return height * np.sin(2 * np.pi * (start + periods * np.arange(frames) / max(frames - 1, 1)))
