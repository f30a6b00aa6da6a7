"""Flicker: how often a point's predicted class changes from one frame to the next while its true class does not.

Optical flow tracks the points. With the renderer's ground-truth flow, flicker is exact. With flow estimated from the
images, flicker is an estimate.
"""

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.imaging.resizing import resized_image
from face_parsing.metrics.boundary import matching_radius, near_boundary
from face_parsing.motion.optical_flow import SMALLEST, forward_backward_flow

MOTIONS = (0.01, 0.03)  # shares of the face's height per frame: the upper bound of still, the lower bound of fast
AGREEMENT = 0.5  # pixels: the largest forward-backward error of valid estimated flow
LONGEST = 320  # pixels: the longer side of images for flow estimation
AROUND = 32  # pixels around the faces for flow estimation
COUNTS = ("points", "changed", "half_right")
GROUPS = (256, len(MOTIONS) + 1, 2)  # true class, motion, and whether the point is near a true boundary


class Points(NamedTuple):
    """K points in two frames: their indices into the flattened label maps, (K,) int64, and groups, (K,) uint16.

    A group is a flat index into an array of shape GROUPS.
    """

    start: np.ndarray
    end: np.ndarray
    group: np.ndarray


def followed(flow: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points' positions in a frame and in the next, (K,) int64 each: indices into the flattened frames.

    Args:
        flow: (H, W, 2) float32, x and y in pixels to the next frame, rounded to the nearest pixel there.
        valid: (H, W) bool, where the flow is valid. Points that leave the frame are dropped.
    """
    height, width = valid.shape
    start = np.flatnonzero(valid)
    across, down = (np.rint(flow[..., axis].ravel()[start]).astype(np.int32) for axis in (0, 1))
    y, x = np.divmod(start.astype(np.int32), np.int32(width))
    x += across
    y += down
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return start[inside], (y * np.int64(width) + x)[inside]


def unchanged_points(before: np.ndarray, after: np.ndarray, flow: np.ndarray, valid: np.ndarray) -> Points:
    """Return the points that are visible in two frames and have the same true class in both.

    Args:
        before: The ground truth of the first frame, (H, W) uint8.
        after: The ground truth of the next frame, (H, W) uint8.
        flow: The flow between them, see :func:`followed`.
        valid: Where the flow is valid, see :func:`followed`.
    """
    counted = np.where(before == IGNORE_INDEX, np.uint8(0), before)
    height = max(cv2.boundingRect(counted)[3], 1)
    start, end = followed(flow, valid & (before != IGNORE_INDEX))
    labels = before.ravel()[start]
    kept = labels == after.ravel()[end]
    start, end, labels = start[kept], end[kept], labels[kept]
    length = np.hypot(flow[..., 0].ravel()[start], flow[..., 1].ravel()[start])
    motion = sum((length >= bound * height).view(np.uint8) for bound in MOTIONS)
    near = near_boundary(before, matching_radius(before.shape)).ravel()[start]
    cells = len(MOTIONS) + 1
    return Points(start, end, (labels.astype(np.uint16) * cells + motion) * 2 + near)


def changes(points: Points, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Count the points, those whose predicted class changes, and those that are right in one frame only.

    Args:
        points: The points of the ground truth, see :func:`unchanged_points`.
        before: The prediction of the first frame, (H, W) uint8.
        after: The prediction of the next frame, (H, W) uint8.

    Returns:
        (256, 3, 2, 3) int64: the COUNTS of each of GROUPS.
    """
    first, second, truth = before.ravel()[points.start], after.ravel()[points.end], points.group // (2 * GROUPS[1])
    changed = first != second
    half_right = (first == truth) != (second == truth)
    cells = int(np.prod(GROUPS))
    counts = [np.bincount(points.group[k], minlength=cells) for k in (slice(None), changed, half_right)]
    return np.stack(counts, axis=-1).reshape(*GROUPS, len(COUNTS))


def estimate(
    images: tuple[np.ndarray, np.ndarray], before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Count by model, with estimated flow, the points predicted as face and those that change class, (2,) int64.

    Args:
        images: Two neighbouring frames, (H, W, 3) uint8 BGR each.
        before: The predictions of the first frame by model, (H, W) uint8 each.
        after: The predictions of the next frame by model, (H, W) uint8 each.
    """
    x, y, width, height = cv2.boundingRect(np.bitwise_or.reduce([*before.values(), *after.values()]))
    region = np.s_[max(y - AROUND, 0) : y + height + AROUND, max(x - AROUND, 0) : x + width + AROUND]
    points = followed(*estimated_flow(images[0][region], images[1][region]))
    return {model: estimated_changes(points, before[model][region], after[model][region]) for model in before}


def estimated_flow(image: np.ndarray, following: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimate the optical flow between two images (H, W, 3) uint8 BGR; return the arguments of :func:`followed`.

    Images with a side over 320 pixels are scaled down. The flow is valid where the forward-backward error is at most
    half a pixel, and nowhere in images too small for DIS.
    """
    height, width = image.shape[:2]
    scale = min(LONGEST / max(height, width), 1)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if min(size) < SMALLEST:
        return np.zeros((height, width, 2), np.float32), np.zeros((height, width), bool)
    first, second = (cv2.cvtColor(resized_image(picture, size), cv2.COLOR_BGR2GRAY) for picture in (image, following))
    flow, match = forward_backward_flow(first, second, cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    valid = match.error <= AGREEMENT**2
    if scale < 1:
        flow = cv2.resize(flow, (width, height)) * np.array([width / size[0], height / size[1]], np.float32)
        valid = cv2.resize(valid.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).view(bool)
    return flow, valid


def estimated_changes(points: tuple[np.ndarray, np.ndarray], before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Count the points predicted as face, and those of them whose class changes, (2,) int64.

    Args:
        points: Their positions in the first frame and in the next, see :func:`followed`.
        before: The prediction of the first frame, (H, W) uint8.
        after: The prediction of the next frame, (H, W) uint8.
    """
    start, end = points
    first, second = before.ravel()[start], after.ravel()[end]
    face = (first > 0) | (second > 0)
    return np.array([face.sum(), (face & (first != second)).sum()])
