"""Flicker: how often the predicted class of a point changes from one frame to the next, though the true one does not.

A point is followed by optical flow. Where the renderer wrote it, flicker is exact; where it is estimated from the
pictures, so is flicker.
"""

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from face_parsing.evaluation.boundary import matching_radius, near_boundary
from face_parsing.pipeline.labels import IGNORE_INDEX
from face_parsing.pipeline.optical_flow import SMALLEST, there_and_back
from face_parsing.pipeline.resizing import resized_image

MOTIONS = (0.01, 0.03)  # of the face's height, from a frame to the next: what is still below, and fast from here on
AGREEMENT = 0.5  # pixels: estimated flow there and back must lead to where it started, to within this
LONGEST = 320  # pixels of a picture's longer side, when flow is estimated
AROUND = 32  # pixels of the pictures around the faces that are looked at
COUNTS = ("points", "changed", "half_right")
GROUPS = (256, len(MOTIONS) + 1, 2)  # by true class, by motion, and far from a true boundary or near one


class Points(NamedTuple):
    """K points in two frames: where each is in the flattened label maps, (K,) int64, and its group, (K,) uint16.

    A group is an index into GROUPS, flattened.
    """

    start: np.ndarray
    end: np.ndarray
    group: np.ndarray


def followed(flow: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points are in a frame and in the next one, (K,) int64 each: indices into the flattened frames.

    Args:
        flow: (H, W, 2) float32, x and y in pixels to the next frame, whose nearest pixel counts.
        valid: (H, W) bool, where there is a flow. Points that leave the frame are left out.
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
    """The points that are seen in two frames and have the same true class in both.

    Args:
        before: The truth of the first frame, (H, W) uint8.
        after: That of the next.
        flow: See :func:`followed`.
        valid: Likewise.
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
    """How many points there are, how many change their predicted class, and how many are right in one frame only.

    Args:
        points: Of the truth.
        before: The prediction of the first frame, (H, W) uint8.
        after: That of the next.

    Returns:
        (256, 3, 2, 3) int64: of each of GROUPS the COUNTS.
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
    """How many points of what each model takes for a face there are, and how many change their class, (2,) int64.

    Args:
        images: Two neighbouring frames, (H, W, 3) uint8 BGR each.
        before: The predictions of the first frame by model, (H, W) uint8 each.
        after: Those of the next.
    """
    x, y, width, height = cv2.boundingRect(np.bitwise_or.reduce([*before.values(), *after.values()]))
    region = np.s_[max(y - AROUND, 0) : y + height + AROUND, max(x - AROUND, 0) : x + width + AROUND]
    points = followed(*estimated_flow(images[0][region], images[1][region]))
    return {model: estimated_changes(points, before[model][region], after[model][region]) for model in before}


def estimated_flow(image: np.ndarray, following: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The optical flow between two pictures (H, W, 3) uint8 BGR: what :func:`followed` takes.

    There and back, of pictures made smaller where a side is longer than 320 pixels. It holds where the way back ends
    within half a pixel of the start, and nowhere in pictures too small for DIS.
    """
    height, width = image.shape[:2]
    scale = min(LONGEST / max(height, width), 1)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if min(size) < SMALLEST:
        return np.zeros((height, width, 2), np.float32), np.zeros((height, width), bool)
    one, other = (cv2.cvtColor(resized_image(picture, size), cv2.COLOR_BGR2GRAY) for picture in (image, following))
    there, way = there_and_back(one, other, cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    valid = way.miss <= AGREEMENT**2
    if scale < 1:
        there = cv2.resize(there, (width, height)) * np.array([width / size[0], height / size[1]], np.float32)
        valid = cv2.resize(valid.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).view(bool)
    return there, valid


def estimated_changes(points: tuple[np.ndarray, np.ndarray], before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How many points of what is predicted as a face there are, and how many change their class, (2,) int64.

    Args:
        points: Pixels of the first frame and of the next, as :func:`followed` returns them.
        before: The prediction of the first frame, (H, W) uint8.
        after: That of the next.
    """
    start, end = points
    first, second = before.ravel()[start], after.ravel()[end]
    face = (first > 0) | (second > 0)
    return np.array([face.sum(), (face & (first != second)).sum()])
