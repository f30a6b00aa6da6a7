"""Face boxes from label maps. A box is x1, y1, x2, y2 in pixels; x2 and y2 are exclusive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from face_parsing.clips.layout import frames_of
from face_parsing.core.errors import error_context
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.detector.coco import LabelledFrame
from face_parsing.imaging.label_maps import read_label_map

# A hand or a pole may divide a face. We join pieces whose gap is at most this share of the larger face's longer side.
JOIN_GAP = 0.25


@dataclass
class _Face:
    box: np.ndarray
    paired: set[int] = field(default_factory=set)

    def join(self, piece: "_Face") -> None:
        self.box = np.concatenate([np.minimum(self.box[:2], piece.box[:2]), np.maximum(self.box[2:], piece.box[2:])])
        self.paired |= piece.paired


def excluded_ids(names: Sequence[str], labels: LabelTable) -> list[int]:
    """Return the ids of the classes that do not count as face. Names outside the label table are ignored."""
    return [labels.id_of(name) for name in names if name in labels.names]


def face_mask(label_map: np.ndarray, excluded: Sequence[int] = ()) -> np.ndarray:
    """Return the face mask, (H, W) bool: no background, no ignored pixels and none of the ``excluded`` ids."""
    return ~np.isin(label_map, [0, IGNORE_INDEX, *excluded])


def face_boxes(label_map: np.ndarray, labels: LabelTable, excluded: Sequence[int], min_area: int) -> np.ndarray:
    """Return the boxes of the faces in a label map, the face with the largest piece first.

    A face is one connected piece (8 neighbours) of :func:`face_mask`, or several pieces with small gaps between them.
    Two pieces that share a paired class, such as the left eye, belong to two people at any distance: a person has only
    one of each.

    Args:
        label_map: (H, W) uint8 class ids.
        labels: the label table, which defines the paired classes.
        excluded: ids that do not count as face.
        min_area: the least area of a piece in pixels. Smaller pieces are ignored.

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
    """Return each frame's image file name below JPEGImages, its (height, width) and its (n, 4) face boxes.

    Args:
        clips: a folder in the clip layout.
        clip: the clip's name. The other arguments are those of :func:`face_boxes`.
    """
    frames = []
    for frame in frames_of(clips, clip):
        with error_context(frame.annotation):
            label_map = read_label_map(frame.annotation)
            name = frame.image.relative_to(clips / "JPEGImages").as_posix()
            frames.append(LabelledFrame(name, label_map.shape, face_boxes(label_map, labels, excluded, min_area)))
    return frames


def jittered(boxes: np.ndarray, jitter: float, rng: np.random.Generator) -> np.ndarray:
    """Return the (n, 4) boxes as a detector might find them, (n, 4) float64.

    Each edge moves by a normal deviate of ``jitter`` times the box's side, clipped to 0.45 of the side.
    """
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    steps = np.clip(rng.normal(0, jitter, boxes.shape), -0.45, 0.45)
    return boxes + steps * sides


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance between two boxes in pixels, 0 if they touch."""
    return float(np.hypot(*np.clip(np.maximum(a[:2] - b[2:], b[:2] - a[2:]), 0, None)))


def _side(box: np.ndarray) -> int:
    return int(max(box[2:] - box[:2]))
