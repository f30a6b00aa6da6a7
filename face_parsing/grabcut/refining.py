"""Refines the boundaries of a label map, class by class, by GrabCut (Rother, Kolmogorov, Blake, 2004).

Each class is cut from the rest in its own region. Pixels deeper inside than a band are sure foreground, and pixels
farther outside than the band are sure background. GrabCut decides only in the band.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.imaging.resizing import resized_image, resized_labels

CONTEXT = 5  # pixels beyond the band that give GrabCut the colours of the background
THIN = 0.5  # share of the local depth beyond which a pixel is sure foreground, so that thin parts keep their core

Region = tuple[slice, slice]


@dataclass(frozen=True)
class Cut:
    """The cut of one class.

    Attributes:
        label: The class id.
        region: The rows and columns of the cut.
        before: The class's pixels before the cut, (h, w) bool.
        after: The class's pixels after the cut, (h, w) bool.
        core: The pixels that the class surely keeps, (h, w) bool.
        nearest: The nearest other class, (h, w) uint8, which gets the pixels that the class loses.
    """

    label: int
    region: Region
    before: np.ndarray
    after: np.ndarray
    core: np.ndarray
    nearest: np.ndarray


class Refiner:
    """GrabCut with its parameters; the stage refine and FaceParser share it.

    Args:
        parameters: The parameters; class names that the label table lacks are ignored.
        labels: The label table.
    """

    def __init__(self, parameters: GrabCut, labels: LabelTable):
        self.parameters = parameters
        self.classes = [labels.id_of(name) for name in parameters.classes if name in labels.names]

    def __call__(self, image: np.ndarray, label_map: np.ndarray) -> tuple[np.ndarray, int]:
        """The refined label map, and the number of classes that GrabCut failed on; see :func:`refine`."""
        cut = self.parameters
        return refine(image, label_map, self.classes, cut.band, cut.iterations, cut.size)


def refine(
    image: np.ndarray, label_map: np.ndarray, classes: Sequence[int], band: int, iterations: int, size: int
) -> tuple[np.ndarray, int]:
    """Move the boundaries between the given classes, and between them and the background, to the image's edges.

    A pixel changes only within the band around a boundary, and only to a class on the boundary's other side. Classes
    that GrabCut fails on, and all other classes, keep their pixels.

    Args:
        image: (H, W, 3) uint8 BGR.
        label_map: (H, W) uint8, 0 for the background.
        classes: The ids to refine.
        band: How far a boundary may move, in pixels of a face (everything but the background) as large as ``size``.
            Faces so small that this is less than a pixel are not refined.
        iterations: GrabCut's iterations.
        size: The longer side in pixels that larger faces are scaled down to.

    Returns:
        The refined label map, (H, W) uint8, and the number of classes that GrabCut failed on.
    """
    face = _region(label_map > 0, 0)
    side = max(label_map[face].shape)
    zoom = min(size / max(side, 1), 1)
    reach = band * side * zoom / size
    if reach < 1:
        return label_map.copy(), 0
    region = _region(label_map > 0, ceil((reach + CONTEXT) / zoom))
    before = label_map[region]
    height, width = before.shape
    working_size = max(round(width * zoom), 1), max(round(height * zoom), 1)
    small_image, small = resized_image(image[region], working_size), resized_labels(before, working_size)
    after, failures = _refine_face(small_image, small, classes, reach, iterations)
    small, after = (resized_labels(labels, (width, height)) for labels in (small, after))
    refined = label_map.copy()
    # Unchanged pixels keep their full resolution, and so do details that the smaller map lacks.
    np.copyto(refined[region], after, where=(after != small) & (before == small))
    return refined, failures


def _refine_face(
    image: np.ndarray, label_map: np.ndarray, classes: Sequence[int], reach: float, iterations: int
) -> tuple[np.ndarray, int]:
    area = np.bincount(label_map.ravel(), minlength=256)
    # Small classes come last, so that they win the pixels that two classes claim.
    present = sorted((label for label in classes if area[label]), key=lambda label: (-area[label], label))
    movable = np.zeros(256, bool)  # classes whose boundaries may move
    movable[[0, *present]] = True
    cuts = []
    for label in present:
        with suppress(cv2.error):
            cuts.append(_cut(image, label_map, label, movable, reach, iterations))
    movable[list(set(present) - {cut.label for cut in cuts})] = False
    refined = label_map.copy()
    for cut in cuts:
        labels = refined[cut.region]
        lost = cut.before & ~cut.after & movable[cut.nearest]
        gained = cut.after & ~cut.before & movable[label_map[cut.region]]
        np.copyto(labels, cut.nearest, where=lost & (labels == cut.label))
        labels[(cut.before & ~lost) | gained] = cut.label
    for cut in cuts:
        refined[cut.region][cut.core] = cut.label
    return refined, len(present) - len(cuts)


def _cut(
    image: np.ndarray, label_map: np.ndarray, label: int, movable: np.ndarray, reach: float, iterations: int
) -> Cut:
    """Cut one class from the rest.

    Raises:
        cv2.error: The class has too few pixels for a colour model.
    """
    region = _region(label_map == label, ceil(reach) + CONTEXT)
    labels = label_map[region]
    before = labels == label
    depth, nearest = _depth_and_nearest(labels, before)
    distance = cv2.distanceTransform((~before).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    local_depth = cv2.dilate(depth, np.ones((2 * ceil(reach) + 1,) * 2, np.uint8))
    core = before & (depth > np.minimum(reach, THIN * local_depth))
    inner = before & ~core & movable[nearest]
    outer = ~before & (distance <= reach) & movable[labels]
    trimap = np.where(before, np.uint8(cv2.GC_FGD), np.uint8(cv2.GC_BGD))
    trimap[inner] = cv2.GC_PR_FGD
    trimap[outer] = cv2.GC_PR_BGD
    if inner.any() or outer.any():
        # GrabCut initializes its colour models by k-means, which draws from OpenCV's global random generator.
        cv2.setRNGSeed(0)
        background, foreground = np.zeros((1, 65)), np.zeros((1, 65))  # the colour models
        crop, rect = np.ascontiguousarray(image[region]), (0, 0, 0, 0)  # the mask replaces the rectangle
        cv2.grabCut(crop, trimap, rect, background, foreground, iterations, cv2.GC_INIT_WITH_MASK)
    after = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    return Cut(label, region, before, after, core, nearest)


def _depth_and_nearest(labels: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's depth ``inside``, in pixels, float32, and the label of the nearest pixel outside."""
    depth, index = cv2.distanceTransformWithLabels(
        inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(index.max() + 1, np.uint8)
    table[index[~inside]] = labels[~inside]
    return depth, table[index]


def _region(mask: np.ndarray, margin: int) -> Region:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)
