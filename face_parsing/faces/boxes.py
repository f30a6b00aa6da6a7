"""Face boxes from label maps. A box is x1, y1, x2, y2 in pixels, the far edges exclusive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.clips import frames_of
from face_parsing.pipeline.coco import LabelledFrame
from face_parsing.pipeline.entry import working_on
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.pictures import read_label_map

# Two pieces closer than this share of the larger one's longer side are one face that a hand or a pole divides.
JOIN_GAP = 0.25


@dataclass
class _Face:
    box: np.ndarray
    paired: set[int] = field(default_factory=set)

    def join(self, piece: "_Face") -> None:
        self.box = np.concatenate([np.minimum(self.box[:2], piece.box[:2]), np.maximum(self.box[2:], piece.box[2:])])
        self.paired |= piece.paired


def excluded_ids(names: Sequence[str], labels: LabelTable) -> list[int]:
    """The ids of the classes that do not count as face; names that are no classes here are passed over."""
    return [labels.id_of(name) for name in names if name in labels.names]


def face_mask(label_map: np.ndarray, excluded: Sequence[int] = ()) -> np.ndarray:
    """Where a face is: every class but the background, the ignored value and the ``excluded`` ids; (H, W) bool."""
    return ~np.isin(label_map, [0, IGNORE_INDEX, *excluded])


def face_boxes(label_map: np.ndarray, labels: LabelTable, excluded: Sequence[int], min_area: int) -> np.ndarray:
    """The boxes of the faces in a label map, the largest piece's face first.

    A face is one connected piece (8 neighbours) of :func:`face_mask`, or several with small gaps between them. Two
    pieces that both hold the same paired class (a left eye, say) are two people's however close they are: a person has
    only one of each.

    Args:
        label_map: (H, W) uint8 class ids.
        labels: the label table, which knows the paired classes.
        excluded: ids that do not count as face.
        min_area: pieces of fewer pixels are specks and left out.

    Returns:
        (n, 4) int64 boxes.
    """
    mask = face_mask(label_map, excluded)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    paired = {i for pair in labels.mirror_pairs for i in pair} - set(excluded)
    faces: list[_Face] = []
    by_area = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable") + 1
    for k in (k for k in by_area if stats[k, cv2.CC_STAT_AREA] >= min_area):
        x, y, width, height = stats[k, :4].astype(np.int64)
        inside = np.s_[y : y + height, x : x + width]
        present = set(np.unique(label_map[inside][pieces[inside] == k]).tolist())
        piece = _Face(np.array([x, y, x + width, y + height]), paired & present)
        near = [f for f in faces if _gap(f.box, piece.box) <= JOIN_GAP * _side(f.box) and not f.paired & piece.paired]
        if near:
            min(near, key=lambda f: _gap(f.box, piece.box)).join(piece)
        else:
            faces.append(piece)
    return np.array([f.box for f in faces], np.int64).reshape(-1, 4)


def boxes_of_clip(
    clips: Path, labels: LabelTable, excluded: Sequence[int], min_area: int, clip: str
) -> list[LabelledFrame]:
    """Of every frame of a clip: the image's file name below JPEGImages, its (height, width), its (n, 4) face boxes.

    Args:
        clips: a folder in the clip layout.
        clip: a clip's name; the other arguments are those of :func:`face_boxes`.
    """
    frames = []
    for frame in frames_of(clips, clip):
        with working_on(frame.annotation):
            label_map = read_label_map(frame.annotation)
            name = frame.image.relative_to(clips / "JPEGImages").as_posix()
            frames.append(LabelledFrame(name, label_map.shape, face_boxes(label_map, labels, excluded, min_area)))
    return frames


def areas(boxes: np.ndarray) -> np.ndarray:
    """The areas of (n, 4) boxes, (n,) in square pixels."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def intersections(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The overlap of every pair of (n, 4) and (m, 4) boxes, (n, m) in square pixels."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.clip(high - low, 0, None).prod(axis=2)


def ious(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair of (n, 4) and (m, 4) boxes with an area, (n, m) float64."""
    shared = intersections(a, b)
    return shared / (areas(a)[:, None] + areas(b)[None] - shared)


def jittered(boxes: np.ndarray, jitter: float, rng: np.random.Generator) -> np.ndarray:
    """The (n, 4) boxes as a detector might find them, (n, 4) float64.

    Each edge moves by a normal deviate of ``jitter`` times the box's side, but never past the box's middle.
    """
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    steps = np.clip(rng.normal(0, jitter, boxes.shape), -0.45, 0.45)
    return boxes + steps * sides


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    """The distance between two boxes, 0 where they touch."""
    return float(np.hypot(*np.clip(np.maximum(a[:2] - b[2:], b[:2] - a[2:]), 0, None)))


def _side(box: np.ndarray) -> int:
    return int(max(box[2:] - box[:2]))
