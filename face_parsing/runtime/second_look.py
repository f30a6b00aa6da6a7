"""A second look at the uncertain faces of one image: the segmenter tells whether a box holds a face, and where it ends.

A detector can take a torso for a face, or a face with its torso. A crop without eyes, nose or mouth holds no face. If
the labelled pixels fill a small part of a box, their own box is the better one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.faces.boxes import excluded_ids, face_boxes, face_mask
from face_parsing.faces.finding import NOTHING
from face_parsing.faces.tracks import SHARED, clip_faces
from face_parsing.geometry.boxes import areas, intersections, ious
from face_parsing.parsing.segmenter import Segmenter

SURE = 0.9  # faces with at least this score are not looked at again
FURTHER = 0.4  # the least score of a further face, if its crop holds one
# The least shares of a face's labelled pixels: of its inner parts, and of two of eyes, nose and mouth. Parts that make
# up SURELY_INNER need no second one: a mask covers nose and mouth.
INNER_SHARE, PART_SHARE, SURELY_INNER = 0.02, 0.005, 0.05
AGREES = 0.75  # the IoU of the detector's box and the labelled pixels' at which the detector's stays
OTHERS, LEAST_SCORE = 3, 0.15  # how many other candidates are tried for the main face, and their least score
LOOKS = 3  # the most crops of one face: a better box shows more, and may be bettered
SAME = 0.5  # the IoU at which two candidates are the same face
MIN_AREA = 64  # pixels of the smallest piece of a face
OUTSIDE = ("clothing", "necklace")  # classes of some label tables that are no part of a face
INNER = (
    ("left_eye", "right_eye", "left_eyebrow", "right_eyebrow", "glasses"),
    ("nose",),
    ("upper_lip", "inner_mouth", "lower_lip"),
)


class SecondLook:
    """Looks again with a segmenter, without its test-time augmentation.

    Args:
        segmenter: The segmenter.
    """

    def __init__(self, segmenter: Segmenter):
        use = segmenter.use
        plain = use.test.model_copy(update={"flip": False, "scales": use.test.scales[:1]})
        self.segmenter = replace(segmenter, use=replace(use, test=plain, probabilities=False))
        labels = segmenter.labels
        self.inner = [[label.id for label in labels.labels if label.name in names] for names in INNER]
        self.outside = excluded_ids(OUTSIDE, labels)

    def __call__(self, image: np.ndarray, faces: Sequence[Face], candidates: np.ndarray) -> list[Face]:
        """Check the faces of an image.

        Args:
            image: (H, W, 3) uint8 BGR.
            faces: Its faces, the main one first.
            candidates: All candidates, (n, 5) x1, y1, x2, y2, score.

        Returns:
            The faces, with better boxes and perhaps another main face: the whole frame if no candidate holds one.
            Further ones that hold no face are left out.
        """
        ranked = _ranked(candidates)
        found = [self._main(image, faces[0], ranked)]
        for further in ranked:
            if further.score >= FURTHER and _apart(further, found):
                fitted, is_face = self._fitted(image, further)
                if is_face and _apart(fitted, found):
                    found.append(fitted)
        return found

    def _main(self, image: np.ndarray, main: Face, ranked: Sequence[Face]) -> Face:
        for option in chain([main], _others(main, ranked)):
            fitted, is_face = self._fitted(image, option)
            if is_face:
                return fitted
        return clip_faces([NOTHING], [image.shape[:2]], secondary_face_threshold=1.0)[0][0]

    def _fitted(self, image: np.ndarray, face: Face) -> tuple[Face, bool]:
        """A face with the better box, and whether it is a face."""
        if face.source == "detected" and face.score >= SURE:
            return face, True
        is_face = False
        for _ in range(LOOKS):
            box, holds = self._labelled(image, face)
            if not holds:
                break
            is_face = True
            if face.source != "detected" or ious(box[None], np.array([face.box]))[0, 0] >= AGREES:
                break
            x1, y1, x2, y2 = map(float, box)
            face = Face((x1, y1, x2, y2), face.score, face.source)
        return face, is_face

    def _labelled(self, image: np.ndarray, face: Face) -> tuple[np.ndarray, bool]:
        """The box (4,) of the labelled pixels in a face's crop, and whether they are a face's."""
        label_map = self.segmenter([image], [[face]])[0].label_map
        boxes = face_boxes(label_map, self.segmenter.labels, self.outside, MIN_AREA)
        if not len(boxes):
            return np.zeros(4), False
        labelled = face_mask(label_map, self.outside).sum()
        shares = [np.isin(label_map, part).sum() / labelled for part in self.inner]
        several = sum(share >= PART_SHARE for share in shares) > 1
        return boxes[0], sum(shares) >= (INNER_SHARE if several else SURELY_INNER)


def _ranked(candidates: np.ndarray) -> list[Face]:
    """Candidates as faces, by descending score."""
    rows = candidates[np.argsort(-candidates[:, 4], kind="stable")].tolist()
    return [Face((x1, y1, x2, y2), score, "detected").rounded() for x1, y1, x2, y2, score in rows]


def _apart(face: Face, found: Sequence[Face]) -> bool:
    """Whether a face shares no more with detected ones than a further face may."""
    boxes = np.array([other.box for other in found if other.source == "detected"]).reshape(-1, 4)
    box = np.array([face.box])
    return bool((intersections(box, boxes)[0] <= SHARED * np.minimum(areas(box), areas(boxes))).all())


def _others(main: Face, ranked: Sequence[Face]) -> Iterator[Face]:
    """Yield other candidates for the main face, by descending score."""
    taken = [main.box] if main.source == "detected" else []
    others = 0
    for face in ranked:
        overlaps = ious(np.array([face.box]), np.array(taken).reshape(-1, 4))
        if face.score >= LEAST_SCORE and others < OTHERS and overlaps.max(initial=0.0) < SAME:
            others += 1
            taken.append(face.box)
            yield face
