"""A clip's probabilities steadied: what is said of the frames around, moved to this one, mixed in where it holds."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import cv2
import numpy as np

from face_parsing.faces.boxes import ious
from face_parsing.faces.crops import Square, cut
from face_parsing.parsing.composing import Prediction, ScoredFaces, compose, mean_of
from face_parsing.parsing.parameters import Steady
from face_parsing.pipeline.optical_flow import SMALLEST, read_at, there_and_back
from face_parsing.pipeline.resizing import resized_image

DEVIATION = 40.0  # that a crop's grey is brought to
SAME_FACE = 0.2  # the least IoU of one face's squares in two frames
RETURN = 0.02  # of the crop's side: flow there and back must lead to where it started, to within this
LIKENESS = 0.5  # at most, between the moved crop and this one: their difference, in deviations of the crop's own grey
SURROUNDINGS = 1 / 16  # of the side: a difference is the mean over these
LEAST = 0.7  # share of a face's pixels that must be trusted, or none is: after a cut, and where a frame is spoilt


class View(NamedTuple):
    """A face in a frame: its square, its crop in grey (s, s) uint8 of one mean and deviation, and its probabilities.

    The probabilities are (classes, s, s) float32.
    """

    place: Square
    crop: np.ndarray
    probabilities: np.ndarray


SeenFrame = tuple[np.ndarray, list[View]]


def steady_votes(
    frames: Iterable[tuple[np.ndarray, Sequence[Prediction]]], steady: Steady, pad_value: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each frame of a clip with its label map (H, W) uint8: a soft vote, steadied.

    Args:
        frames: Each image, (H, W, 3) uint8 BGR, with the members' predictions, whose scores are probabilities in steps.
        steady: Its mode is not none. ``causal`` yields a frame before it takes the next.
        pad_value: Of crops, where a square leaves the frame.
    """
    seen = ((image, views(image, _means(predictions), pad_value)) for image, predictions in frames)
    steadied = causal(seen, steady.strength) if steady.mode == "causal" else two_sided(seen, steady)
    for image, faces in steadied:
        yield image, compose(image.shape[:2], [(view.place, view.probabilities) for view in faces])


def causal(frames: Iterable[SeenFrame], strength: float) -> Iterator[SeenFrame]:
    """Yield frames whose faces are mixed with what the same face was before, itself mixed with what it was before."""
    before: list[View] = []
    for image, faces in frames:
        before = [_mixed_with(view, _of_face(view, [(1, before)]), strength) for view in faces]
        yield image, before


def two_sided(frames: Iterable[SeenFrame], steady: Steady) -> Iterator[SeenFrame]:
    """Yield frames whose faces are mixed with the same face in the ``reach`` frames before and after."""
    reach = steady.reach
    window: deque[SeenFrame | None] = deque([None] * (2 * reach + 1), maxlen=2 * reach + 1)
    for number, frame in enumerate(chain(frames, repeat(None, reach))):
        window.append(frame)
        middle = window[reach]
        if number < reach or middle is None:
            continue
        image, faces = middle
        others = [(abs(i - reach), seen[1]) for i, seen in enumerate(window) if seen is not None and i != reach]
        yield image, [_mixed_with(view, _of_face(view, others), steady.strength) for view in faces]


def _of_face(view: View, others: Sequence[tuple[int, list[View]]]) -> list[tuple[int, View]]:
    """The same face in other frames, by how far away they are."""
    return [(distance, neighbour) for distance, seen in others for neighbour in _same_face(view, seen)]


def _mixed_with(view: View, neighbours: Sequence[tuple[int, View]], strength: float) -> View:
    """A view mixed with others, each some frames away."""
    weighted = []
    for distance, neighbour in neighbours:
        probabilities, trusted = moved(neighbour, view)
        weighted.append((probabilities, trusted * np.float32(strength**distance)))
    return view._replace(probabilities=mixed(view.probabilities, weighted))


def _means(predictions: Sequence[Prediction]) -> ScoredFaces:
    """The members' mean probabilities, from 0 to 1."""
    return [(place, steps / 255) for place, steps in mean_of([prediction.scores for prediction in predictions])]


def views(image: np.ndarray, faces: ScoredFaces, pad_value: int) -> list[View]:
    """The views of a frame's faces, (H, W, 3) uint8 BGR."""
    seen = []
    for place, probabilities in faces:
        side = probabilities.shape[1]
        crop = cv2.cvtColor(resized_image(cut(image, place, pad_value), (side, side)), cv2.COLOR_BGR2GRAY)
        mean, deviation = crop.mean(), max(crop.std(), 1.0)
        level = np.clip((crop - mean) * (DEVIATION / deviation) + 128, 0, 255).astype(np.uint8)
        seen.append(View(place, level, probabilities))
    return seen


def moved(neighbour: View, view: View) -> tuple[np.ndarray, np.ndarray]:
    """A neighbour's probabilities (classes, s, s) brought to where this view has its points, and which can be trusted.

    The points are followed by the optical flow between the two crops. One is trusted, (s, s) bool, where the way back
    leads to where it started and the two crops look alike. Of a neighbour that shows something else, of a spoilt one,
    and of one too small to follow, none is.
    """
    side = len(view.crop)
    if side < SMALLEST:
        return view.probabilities, np.zeros((side, side), bool)
    crop = cv2.resize(neighbour.crop, (side, side))
    _, way = there_and_back(view.crop, crop, cv2.DISOPTICAL_FLOW_PRESET_FAST)
    difference = cv2.absdiff(view.crop, read_at(crop, way.x, way.y))
    around = 2 * round(side * SURROUNDINGS / 2) + 1
    trusted = cv2.blur(difference, (around, around)) <= LIKENESS * DEVIATION
    trusted &= way.miss <= (RETURN * side) ** 2
    trusted &= (way.x > -1) & (way.x < side) & (way.y > -1) & (way.y < side)
    scale = neighbour.probabilities.shape[1] / side
    grid = (way.x + 0.5) * scale - 0.5, (way.y + 0.5) * scale - 0.5
    probabilities = np.stack([read_at(of_class, *grid) for of_class in neighbour.probabilities])
    face = np.minimum(view.probabilities[0], probabilities[0]) < 0.5  # as one of the two says
    if not face.any() or trusted[face].mean() < LEAST:
        trusted[:] = False
    return probabilities, trusted


def mixed(own: np.ndarray, neighbours: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The mean of a face's own probabilities and its neighbours', each weighted by how sure it is.

    Args:
        own: (classes, s, s) float32.
        neighbours: Probabilities, likewise, and the weight of each of their pixels, (s, s).
    """
    weight = sureness(own)
    total, weights = own * weight, weight
    for probabilities, share in neighbours:
        weight = share * sureness(probabilities)
        total = total + probabilities * weight
        weights = weights + weight
    return total / weights


def sureness(probabilities: np.ndarray) -> np.ndarray:
    """How sure probabilities (classes, s, s) are: 1 less their entropy as a share of the highest, (s, s); above 0."""
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-6))).sum(axis=0)
    return np.maximum(1 - entropy / np.log(len(probabilities)), 1e-3)


def _same_face(view: View, others: Sequence[View]) -> list[View]:
    """The view of the same face in another frame, if there is one: that whose square overlaps its own most."""
    corners = np.array([_corners(other.place) for other in others]).reshape(-1, 4)
    overlaps = ious(np.array([_corners(view.place)]), corners)[0]
    return [others[int(overlaps.argmax())]] if (overlaps >= SAME_FACE).any() else []


def _corners(place: Square) -> list[float]:
    return [place.x, place.y, place.x + place.side, place.y + place.side]
