"""Face tracking: candidates of every frame become a clip's faces. Every frame gets at least one."""

from collections.abc import Sequence

import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.geometry.boxes import areas, intersections, ious

# A candidate joins the track only if its score plus its IoUs with the boxes before and after it exceed the IoU of those
# two boxes with each other by more than this.
EVIDENCE = 0.3
# Boxes more frames apart may also follow one another in the track, but their IoU does not count.
GAP = 10
# A further face may share this much of the smaller of the two boxes with a face already taken.
SHARED = 0.5


def clip_faces(
    candidates: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]], secondary_face_threshold: float
) -> list[list[Face]]:
    """Return the faces of every frame of a clip, the main one first.

    One main face is tracked through the clip (:func:`main_track`). In a frame without it, its box is interpolated
    between the nearest frames that have one. At the clip's ends, the nearest frame's box is used. If no frame has one,
    the box is the whole frame. Other candidates that reach ``secondary_face_threshold`` are further faces.

    Args:
        candidates: (n, 5) x1, y1, x2, y2, score for each frame.
        sizes: (height, width) of each frame.
        secondary_face_threshold: the least score of a further face.
    """
    candidates = [_inside(frame, size) for frame, size in zip(candidates, sizes, strict=True)]
    chosen = main_track(candidates)
    known = [t for t, k in enumerate(chosen) if k is not None]
    boxes = np.array([candidates[t][chosen[t], :4] for t in known]).reshape(-1, 4)
    faces = []
    for t, (frame, k, (height, width)) in enumerate(zip(candidates, chosen, sizes, strict=True)):
        if k is not None:
            faces.append(_detected(frame, k, secondary_face_threshold))
            continue
        main = Face((0.0, 0.0, float(width), float(height)), 0.0, "whole_frame")
        if known:
            x1, y1, x2, y2 = (float(np.interp(t, known, boxes[:, i])) for i in range(4))
            main = Face((x1, y1, x2, y2), 0.0, "interpolated")
        faces.append([main, *_detected(frame, None, secondary_face_threshold)])
    return faces


def main_track(candidates: Sequence[np.ndarray]) -> list[int | None]:
    """Return the index of the main face's candidate in every frame, None if the frame has no good candidate.

    The Viterbi algorithm maximizes the sum of score - EVIDENCE over the chosen candidates, plus the IoU of successive
    ones up to GAP frames apart. So a confident candidate is always chosen. An uncertain one is chosen only if it
    continues the track better than skipping it.

    Args:
        candidates: (n, 5) x1, y1, x2, y2, score for each frame.
    """
    # For every candidate, the best gain of a track that ends there, and the (frame, index) of its predecessor.
    gains: list[np.ndarray] = []
    origins: list[list[tuple[int, int] | None]] = []
    far: tuple[float, tuple[int, int] | None] = (0.0, None)  # the best track ending over GAP frames ago, or none
    for t, frame in enumerate(candidates):
        if t > GAP:
            far = max(far, _best(gains[t - GAP - 1], t - GAP - 1), key=lambda end: end[0])
        gain, origin = np.full(len(frame), far[0]), [far[1]] * len(frame)
        for s in range(max(0, t - GAP), t):
            if not len(candidates[s]):
                continue
            total = gains[s][:, None] + ious(candidates[s][:, :4], frame[:, :4])
            for k in np.flatnonzero(total.max(axis=0) > gain):
                gain[k], origin[k] = total[:, k].max(), (s, int(total[:, k].argmax()))
        gains.append(gain + frame[:, 4] - EVIDENCE)
        origins.append(origin)

    track: list[int | None] = [None] * len(candidates)
    _, end = max([(0.0, None), *(_best(gain, t) for t, gain in enumerate(gains))], key=lambda end: end[0])
    while end is not None:
        t, k = end
        track[t], end = k, origins[t][k]
    return track


def _best(gain: np.ndarray, t: int) -> tuple[float, tuple[int, int] | None]:
    """Return the highest gain of frame ``t``'s candidates, and which candidate has it."""
    return (float(gain.max()), (t, int(gain.argmax()))) if len(gain) else (0.0, None)


def _inside(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Clip the candidates to the frame and drop those with no area there."""
    height, width = size
    frame = frame.astype(float)
    frame[:, :4] = np.clip(frame[:, :4], 0, [width, height, width, height])
    return frame[(frame[:, 2] > frame[:, 0]) & (frame[:, 3] > frame[:, 1])]


def _detected(frame: np.ndarray, main: int | None, secondary_face_threshold: float) -> list[Face]:
    """Return the main candidate, if any, then the further faces by descending score."""
    kept = [] if main is None else [main]
    for k in np.argsort(-frame[:, 4], kind="stable"):
        shared = intersections(frame[k : k + 1, :4], frame[kept, :4])[0]
        smaller = np.minimum(areas(frame[k : k + 1, :4]), areas(frame[kept, :4]))
        if frame[k, 4] >= secondary_face_threshold and k not in kept and (shared <= SHARED * smaller).all():
            kept.append(int(k))
    return [Face(tuple(frame[k, :4].tolist()), float(frame[k, 4]), "detected") for k in kept]
