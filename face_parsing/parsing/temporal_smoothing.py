"""Temporal smoothing: the probabilities of neighbouring frames, warped by optical flow and averaged where reliable."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import cv2
import numpy as np

from face_parsing.geometry.matching import matching_square
from face_parsing.geometry.squares import Square, cut
from face_parsing.imaging.resizing import resized_image
from face_parsing.motion.optical_flow import SMALLEST, forward_backward_flow, read_at
from face_parsing.parsing.compositing import Prediction, ScoredFaces, composite, mean_of
from face_parsing.parsing.parameters import TemporalSmoothing

DEVIATION = 40.0  # standard deviation that a crop's gray values are scaled to
RETURN = 0.02  # largest forward-backward error of the flow, as a share of the crop's side
LIKENESS = 0.5  # largest difference between warped crop and crop, in standard deviations of its gray values
SURROUNDINGS = 1 / 16  # window that a difference is averaged over, as a share of the side
LEAST = 0.7  # smallest share of trusted pixels in a face; with less, as after a scene cut, none is trusted


class View(NamedTuple):
    """A face in a frame.

    Attributes:
        place: Its square.
        crop: Its crop in gray, (s, s) uint8, scaled to a fixed mean and standard deviation.
        probabilities: Its class probabilities, (classes, s, s) float32.
    """

    place: Square
    crop: np.ndarray
    probabilities: np.ndarray


SeenFrame = tuple[np.ndarray, list[View]]


def smooth_votes(
    frames: Iterable[tuple[np.ndarray, Sequence[Prediction]]], smoothing: TemporalSmoothing, pad_value: int
) -> Iterator[tuple[np.ndarray, Prediction]]:
    """Smooth the soft vote on a clip.

    Args:
        frames: Each image, (H, W, 3) uint8 BGR, with the members' predictions. Their scores are probabilities,
            quantized by ``in_steps``.
        smoothing: The parameters; ``mode`` is not none. ``causal`` yields each frame before it reads the next.
        pad_value: Gray value of crops outside the frame.

    Yields:
        Each image with the smoothed vote, whose scores are probabilities from 0 to 1.
    """
    views = ((image, face_views(image, _means(predictions), pad_value)) for image, predictions in frames)
    smoothed = causal(views, smoothing.strength) if smoothing.mode == "causal" else two_sided(views, smoothing)
    for image, faces in smoothed:
        scores = [(view.place, view.probabilities) for view in faces]
        yield image, Prediction(composite(image.shape[:2], scores), scores)


def causal(frames: Iterable[SeenFrame], strength: float) -> Iterator[SeenFrame]:
    """Yield frames whose faces are averaged with the same face in the previous smoothed frame."""
    previous: list[View] = []
    for image, faces in frames:
        previous = [_fused_with(view, _same_face(view, [(1, previous)]), strength) for view in faces]
        yield image, previous


def two_sided(frames: Iterable[SeenFrame], smoothing: TemporalSmoothing) -> Iterator[SeenFrame]:
    """Yield frames whose faces are averaged with the same face in the ``reach`` frames before and after."""
    reach = smoothing.reach
    window: deque[SeenFrame | None] = deque([None] * (2 * reach + 1), maxlen=2 * reach + 1)
    for number, frame in enumerate(chain(frames, repeat(None, reach))):
        window.append(frame)
        middle = window[reach]
        if number < reach or middle is None:
            continue
        image, faces = middle
        neighbours = [(abs(i - reach), other[1]) for i, other in enumerate(window) if other is not None and i != reach]
        yield image, [_fused_with(view, _same_face(view, neighbours), smoothing.strength) for view in faces]


def _same_face(view: View, neighbours: Sequence[tuple[int, list[View]]]) -> list[tuple[int, View]]:
    """The same face in neighbouring frames, each with its distance in frames."""
    matches = [
        (distance, faces, matching_square(view.place, [face.place for face in faces])) for distance, faces in neighbours
    ]
    return [(distance, faces[match]) for distance, faces, match in matches if match is not None]


def _fused_with(view: View, neighbours: Sequence[tuple[int, View]], strength: float) -> View:
    """Average a view with its neighbours, each given with its distance in frames."""
    weighted = []
    for distance, neighbour in neighbours:
        probabilities, trusted = warped(neighbour, view)
        weighted.append((probabilities, trusted * np.float32(strength**distance)))
    return view._replace(probabilities=fused(view.probabilities, weighted))


def _means(predictions: Sequence[Prediction]) -> ScoredFaces:
    """The members' mean probabilities of each face, from 0 to 1."""
    return [(place, steps / 255) for place, steps in mean_of([prediction.scores for prediction in predictions])]


def face_views(image: np.ndarray, faces: ScoredFaces, pad_value: int) -> list[View]:
    """The views of the faces in a frame (H, W, 3) uint8 BGR."""
    views = []
    for place, probabilities in faces:
        side = probabilities.shape[1]
        crop = cv2.cvtColor(resized_image(cut(image, place, pad_value), (side, side)), cv2.COLOR_BGR2GRAY)
        mean, deviation = crop.mean(), max(crop.std(), 1.0)
        normalized = np.clip((crop - mean) * (DEVIATION / deviation) + 128, 0, 255).astype(np.uint8)
        views.append(View(place, normalized, probabilities))
    return views


def warped(neighbour: View, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Warp a neighbour's probabilities to this view by the optical flow between the two crops.

    A pixel is trusted where forward and backward flow agree and the two crops look alike. None is trusted if the
    neighbour differs too much, is damaged, or is too small for optical flow.

    Returns:
        The warped probabilities, (classes, s, s) float32, and the trusted pixels, (s, s) bool.
    """
    side = len(view.crop)
    if side < SMALLEST:
        return view.probabilities, np.zeros((side, side), bool)
    crop = cv2.resize(neighbour.crop, (side, side))
    _, match = forward_backward_flow(view.crop, crop, cv2.DISOPTICAL_FLOW_PRESET_FAST)
    difference = cv2.absdiff(view.crop, read_at(crop, match.x, match.y))
    window = 2 * round(side * SURROUNDINGS / 2) + 1
    trusted = cv2.blur(difference, (window, window)) <= LIKENESS * DEVIATION
    trusted &= match.error <= (RETURN * side) ** 2
    trusted &= (match.x > -1) & (match.x < side) & (match.y > -1) & (match.y < side)
    scale = neighbour.probabilities.shape[1] / side
    grid = (match.x + 0.5) * scale - 0.5, (match.y + 0.5) * scale - 0.5
    probabilities = np.stack([read_at(class_map, *grid) for class_map in neighbour.probabilities])
    face = np.minimum(view.probabilities[0], probabilities[0]) < 0.5  # face in either of the two views
    if not face.any() or trusted[face].mean() < LEAST:
        trusted[:] = False
    return probabilities, trusted


def fused(own: np.ndarray, neighbours: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Average a face's own probabilities and its neighbours', weighted by :func:`sureness`.

    Args:
        own: (classes, s, s) float32.
        neighbours: Their probabilities, (classes, s, s) float32, with the weights of their pixels, (s, s).

    Returns:
        (classes, s, s) float32.
    """
    weight = sureness(own)
    total, weights = own * weight, weight
    for probabilities, pixel_weights in neighbours:
        weight = pixel_weights * sureness(probabilities)
        total = total + probabilities * weight
        weights = weights + weight
    return total / weights


def sureness(probabilities: np.ndarray) -> np.ndarray:
    """Confidence of probabilities (classes, s, s): 1 - entropy / highest possible entropy, at least 0.001, (s, s)."""
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-6))).sum(axis=0)
    return np.maximum(1 - entropy / np.log(len(probabilities)), 1e-3)
