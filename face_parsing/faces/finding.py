"""A clip's faces chosen from a detector's candidates, whatever runs the detector."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from face_parsing.clips.face_table import Face, FaceRow, rows_of
from face_parsing.clips.layout import Frame, frames_of
from face_parsing.core.errors import error_context
from face_parsing.faces.parameters import Detection
from face_parsing.faces.tracks import clip_faces
from face_parsing.imaging.pictures import read_image

NOTHING = np.zeros((0, 5))

# Returns the candidates of each image (H, W, 3) uint8 BGR: (n, 5) float64 of x1, y1, x2, y2 in pixels, score.
FindCandidates = Callable[[Iterable[np.ndarray]], list[np.ndarray]]


def faces_of_clip(clips: Path, load: Callable[[], FindCandidates], detection: Detection, clip: str) -> list[FaceRow]:
    """Return the face table's rows for a clip.

    Args:
        clips: a folder in the clip layout.
        load: returns the detector.
        detection: whether to use the detector, and which of its candidates are faces.
        clip: the clip's name.
    """
    find = load() if detection.finder == "detector" else find_nothing
    return face_rows(frames_of(clips, clip), find, detection.secondary_face_threshold)


def face_rows(frames: list[Frame], find: FindCandidates, secondary_face_threshold: float) -> list[FaceRow]:
    """Return the face table's rows for one clip's frames; ``find`` turns images into candidates."""
    images = _Images(frames)
    with error_context(images):
        found = find_faces(images, find, secondary_face_threshold)
    return [row for frame, faces in zip(frames, found, strict=True) for row in rows_of(frame.clip, frame.name, faces)]


class _Images:
    """Images read one frame at a time. As a string, it names the current frame for error messages."""

    def __init__(self, frames: list[Frame]):
        self.frames = frames
        self.last = frames[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for frame in self.frames:
            self.last = frame
            yield read_image(frame.image)

    def __str__(self) -> str:
        return f"{self.last.image}, or a frame before it in the batch"


def find_faces(images: Iterable[np.ndarray], find: FindCandidates, secondary_face_threshold: float) -> list[list[Face]]:
    """Find the faces of every frame of a clip and track one main face; see :func:`clip_faces`.

    Args:
        images: the frames, (H, W, 3) uint8 BGR each. ``find`` reads them one after another.
        find: turns images into candidates, (n, 5) each.
        secondary_face_threshold: the least score of a face beside the main one.
    """
    sizes: list[tuple[int, int]] = []

    def measured_images() -> Iterator[np.ndarray]:
        for image in images:
            sizes.append(image.shape[:2])
            yield image

    candidates = find(measured_images())  # also fills sizes
    return clip_faces(candidates, sizes, secondary_face_threshold)


def find_nothing(images: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Return no candidate for any image, so that every frame is one face."""
    return [NOTHING for _ in images]
