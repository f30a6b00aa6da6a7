"""Boundaries of a label map moved to the image's edges, class by class, by GrabCut (Rother, Kolmogorov, Blake, 2004).

Each class is cut from the rest in its own region: what lies deeper than a band inside it is sure foreground, what lies
further than the band outside it is sure background, and only the band is open.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from face_parsing.grabcut.parameters import GrabCut
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.resizing import resized_image, resized_labels

CONTEXT = 5  # pixels beyond the band, where the cut learns the colours of the rest
THIN = 0.5  # of the local depth: what lies deeper is sure, so that a thin part keeps its spine

Region = tuple[slice, slice]


@dataclass(frozen=True)
class Cut:
    """One class's cut: its region, and there the pixels that it had, has now, and surely keeps; (h, w) bool each.

    ``nearest`` is the nearest other class, (h, w) uint8, which takes what the class loses.
    """

    label: int
    region: Region
    before: np.ndarray
    after: np.ndarray
    core: np.ndarray
    nearest: np.ndarray


class Refiner:
    """GrabCut as the parameters have it; the stage refine and FaceParser use the same.

    Args:
        parameters: the classes by name (one that the label table lacks is passed over), and the cut.
        labels: the label table.
    """

    def __init__(self, parameters: GrabCut, labels: LabelTable):
        self.parameters = parameters
        self.classes = [labels.id_of(name) for name in parameters.classes if name in labels.names]

    def __call__(self, image: np.ndarray, label_map: np.ndarray) -> tuple[np.ndarray, int]:
        """The refined label map and the number of classes that couldn't be cut; see :func:`refine`."""
        cut = self.parameters
        return refine(image, label_map, self.classes, cut.band, cut.iterations, cut.size)


def refine(
    image: np.ndarray, label_map: np.ndarray, classes: Sequence[int], band: int, iterations: int, size: int
) -> tuple[np.ndarray, int]:
    """Move the boundaries between the given classes, and between them and the background, to the image's edges.

    A pixel changes only within the band around a boundary, and only to a class on the boundary's other side. A class
    that can't be cut stays as it was. Other classes stay as they were.

    Args:
        image: (H, W, 3) uint8 BGR.
        label_map: (H, W) uint8, 0 for the background.
        classes: The ids to refine.
        band: How far a boundary may move, in pixels of a face (everything but the background) as large as ``size``.
            Faces so small that this is less than a pixel stay as they were.
        iterations: GrabCut's.
        size: The longer side in pixels to which larger faces are scaled down for the work.

    Returns:
        The refined label map, (H, W) uint8, and the number of classes that couldn't be cut.
    """
    face = _region(label_map > 0, 0)
    side = max(label_map[face].shape)
    zoom = min(size / max(side, 1), 1)
    reach = band * side * zoom / size
    if reach < 1:
        return label_map.copy(), 0
    around = _region(label_map > 0, ceil((reach + CONTEXT) / zoom))
    before = label_map[around]
    height, width = before.shape
    size_at_work = max(round(width * zoom), 1), max(round(height * zoom), 1)
    picture, small = resized_image(image[around], size_at_work), resized_labels(before, size_at_work)
    after, failures = _refine_face(picture, small, classes, reach, iterations)
    small, after = (resized_labels(each, (width, height)) for each in (small, after))
    refined = label_map.copy()
    # What did not change keeps its full resolution, and so does what the smaller map does not show.
    np.copyto(refined[around], after, where=(after != small) & (before == small))
    return refined, failures


def _refine_face(
    image: np.ndarray, label_map: np.ndarray, classes: Sequence[int], reach: float, iterations: int
) -> tuple[np.ndarray, int]:
    area = np.bincount(label_map.ravel(), minlength=256)
    # Small classes come last and so have the last word on a pixel that two of them claim.
    present = sorted((label for label in classes if area[label]), key=lambda label: (-area[label], label))
    open_ = np.zeros(256, bool)
    open_[[0, *present]] = True
    cuts = []
    for label in present:
        with suppress(cv2.error):
            cuts.append(_cut(image, label_map, label, open_, reach, iterations))
    open_[list(set(present) - {cut.label for cut in cuts})] = False
    refined = label_map.copy()
    for cut in cuts:
        ours = refined[cut.region]
        lost = cut.before & ~cut.after & open_[cut.nearest]
        gained = cut.after & ~cut.before & open_[label_map[cut.region]]
        np.copyto(ours, cut.nearest, where=lost & (ours == cut.label))
        ours[(cut.before & ~lost) | gained] = cut.label
    for cut in cuts:
        refined[cut.region][cut.core] = cut.label
    return refined, len(present) - len(cuts)


def _cut(image: np.ndarray, label_map: np.ndarray, label: int, open_: np.ndarray, reach: float, iterations: int) -> Cut:
    """Cut one class from the rest.

    Raises:
        cv2.error: it has too few pixels for a colour model.
    """
    region = _region(label_map == label, ceil(reach) + CONTEXT)
    labels = label_map[region]
    before = labels == label
    depth, nearest = _depth_and_nearest(labels, before)
    distance = cv2.distanceTransform((~before).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    local_depth = cv2.dilate(depth, np.ones((2 * ceil(reach) + 1,) * 2, np.uint8))
    core = before & (depth > np.minimum(reach, THIN * local_depth))
    inner = before & ~core & open_[nearest]
    outer = ~before & (distance <= reach) & open_[labels]
    trimap = np.where(before, np.uint8(cv2.GC_FGD), np.uint8(cv2.GC_BGD))
    trimap[inner] = cv2.GC_PR_FGD
    trimap[outer] = cv2.GC_PR_BGD
    if inner.any() or outer.any():
        # GrabCut starts its colour models by k-means, which draws from OpenCV's global generator.
        cv2.setRNGSeed(0)
        ours, others = np.zeros((1, 65)), np.zeros((1, 65))  # the colour models
        piece, rect = np.ascontiguousarray(image[region]), (0, 0, 0, 0)  # the mask stands in the rectangle's place
        cv2.grabCut(piece, trimap, rect, ours, others, iterations, cv2.GC_INIT_WITH_MASK)
    after = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    return Cut(label, region, before, after, core, nearest)


def _depth_and_nearest(labels: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How deep each pixel lies ``inside``, in pixels, float32, and the label of the nearest pixel that does not."""
    depth, index = cv2.distanceTransformWithLabels(
        inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(index.max() + 1, np.uint8)
    table[index[~inside]] = labels[~inside]
    return depth, table[index]


def _region(mask: np.ndarray, margin: int) -> Region:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)
