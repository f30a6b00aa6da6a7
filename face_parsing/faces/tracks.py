"""From the candidates of every frame to a clip's faces: no frame stays without one."""

from collections.abc import Sequence

import numpy as np

from face_parsing.faces.boxes import areas, intersections, ious
from face_parsing.pipeline.face_table import Face

# A candidate joins the track only if its score and its IoUs with the boxes before and after it exceed the IoU of those
# two with each other by more than this.
EVIDENCE = 0.3
# Boxes further apart than so many frames may follow one another in the track too, but their IoU does not count.
GAP = 10
# A further face may share this much of the smaller of the two boxes with a face already taken.
SHARED = 0.5


def clip_faces(
    candidates: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]], further_score: float
) -> list[list[Face]]:
    """The faces of every frame of a clip, the main one first.

    One main face runs through the clip (:func:`main_track`). A frame that it misses gets a box between those of the
    nearest frames that have one, or theirs at the clip's ends; a clip without any gets the whole frame. Candidates
    apart from the main face that reach ``further_score`` are further faces.

    Args:
        candidates: of each frame (n, 5) x1, y1, x2, y2, score.
        sizes: of each frame (height, width).
        further_score: the least score of a further face.
    """
    candidates = [_inside(frame, size) for frame, size in zip(candidates, sizes, strict=True)]
    chosen = main_track(candidates)
    known = [t for t, k in enumerate(chosen) if k is not None]
    boxes = np.array([candidates[t][chosen[t], :4] for t in known]).reshape(-1, 4)
    faces = []
    for t, (frame, k, (height, width)) in enumerate(zip(candidates, chosen, sizes, strict=True)):
        if k is not None:
            faces.append(_detected(frame, k, further_score))
            continue
        main = Face((0.0, 0.0, float(width), float(height)), 0.0, "whole_frame")
        if known:
            x1, y1, x2, y2 = (float(np.interp(t, known, boxes[:, i])) for i in range(4))
            main = Face((x1, y1, x2, y2), 0.0, "interpolated")
        faces.append([main, *_detected(frame, None, further_score)])
    return faces


def main_track(candidates: Sequence[np.ndarray]) -> list[int | None]:
    """The index of the main face's candidate in every frame, None where the frame has none worth taking.

    Maximizes (Viterbi) the sum of score - EVIDENCE over the candidates taken and of the IoU over each two that follow
    one another, up to GAP frames apart. So a sure candidate is always taken; an unsure one only where it continues the
    track, better than the step across it would.

    Args:
        candidates: of each frame (n, 5) x1, y1, x2, y2, score.
    """
    # Of every candidate the most that a track ending there can gain, and the (frame, index) that it comes from.
    gains: list[np.ndarray] = []
    origins: list[list[tuple[int, int] | None]] = []
    far: tuple[float, tuple[int, int] | None] = (0.0, None)  # the best end more than GAP frames ago, or no start yet
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
    """The highest gain of frame ``t``'s candidates, and which one has it."""
    return (float(gain.max()), (t, int(gain.argmax()))) if len(gain) else (0.0, None)


def _inside(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The candidates cut to the frame; those without an area there are left out."""
    height, width = size
    frame = frame.astype(float)
    frame[:, :4] = np.clip(frame[:, :4], 0, [width, height, width, height])
    return frame[(frame[:, 2] > frame[:, 0]) & (frame[:, 3] > frame[:, 1])]


def _detected(frame: np.ndarray, main: int | None, further_score: float) -> list[Face]:
    """The main candidate, if there is one, then the further faces by descending score."""
    taken = [] if main is None else [main]
    for k in np.argsort(-frame[:, 4], kind="stable"):
        shared = intersections(frame[k : k + 1, :4], frame[taken, :4])[0]
        smaller = np.minimum(areas(frame[k : k + 1, :4]), areas(frame[taken, :4]))
        if frame[k, 4] >= further_score and k not in taken and (shared <= SHARED * smaller).all():
            taken.append(int(k))
    return [Face(tuple(frame[k, :4].tolist()), float(frame[k, 4]), "detected") for k in taken]
