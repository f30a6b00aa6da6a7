"""Speed of what is measured of a video, of temporal smoothing, and of `predict` with and without it, on 720p frames.

The first two in CPU time of one thread, without reading files; `predict` end to end, the two in turn:
python -m tests.benchmarks.bench_flicker [--project DIR]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from face_parsing.geometry.squares import Square
from face_parsing.metrics.video import VideoFrame, score_video
from face_parsing.parsing.compositing import Prediction
from face_parsing.parsing.parameters import TemporalSmoothing
from face_parsing.parsing.temporal_smoothing import smooth_votes
from face_parsing.runtime.face_parser import FaceParser
from tests.benchmarks.blobs import draw_blobs, face_probabilities, paint

FRAMES = 10
CROP = 160  # of the probabilities, as profile mini has them
FACE = Square(400, 150, 400)
PREDICT_FRAMES = 40
TURNS = 3


def clip(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images and label maps that move by (2, 3) pixels a frame."""
    label_map = draw_blobs(0)
    image = paint(label_map)
    return [(np.roll(image, (2 * i, 3 * i), (0, 1)), np.roll(label_map, (2 * i, 3 * i), (0, 1))) for i in range(count)]


def measures(frames: list[tuple[np.ndarray, np.ndarray]], predictions: int) -> Callable[[], object]:
    flow = np.full((*frames[0][1].shape, 2), (3.0, 2.0), np.float32), frames[0][1] > 0
    shown = [
        VideoFrame(truth, {str(k): np.roll(truth, k + 1, 0) for k in range(predictions)}, image, flow)
        for image, truth in frames
    ]
    return lambda: score_video("clip", shown)


def smoothed(frames: list[tuple[np.ndarray, np.ndarray]], smoothing: TemporalSmoothing) -> Callable[[], object]:
    votes = [
        (image, [Prediction(label_map, [(FACE, 255 * face_probabilities(label_map, FACE, CROP))])])
        for image, label_map in frames
    ]
    return lambda: list(smooth_votes(votes, smoothing, 114))


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of a frame."""
    work()
    start = time.process_time()
    work()
    return (time.process_time() - start) / FRAMES * 1e3


def predicting(face_parser: FaceParser, images: list[np.ndarray]) -> float:
    """Seconds from frames to label maps."""
    start = time.perf_counter()
    for _ in face_parser.parse(images, face_parser.find(images)):
        pass
    return time.perf_counter() - start


def main() -> None:
    """Print two tables: of the CPU times, and of the speed of predict."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_flicker", description=__doc__)
    parser.add_argument("--project", type=Path, help="whose models predict; default: the bundled ones")
    project = parser.parse_args().project
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    frames = clip(FRAMES)
    print("| | ms a frame |\n|---|---|")
    for predictions, title in {1: "one prediction", 5: "five predictions"}.items():
        print(f"| all measures of {title} | {milliseconds(measures(frames, predictions)):.1f} |")
    for mode in ("causal", "both"):
        took = milliseconds(smoothed(frames, TemporalSmoothing(mode=mode, strength=1.0, reach=2)))
        print(f"| temporal smoothing, {mode} | {took:.1f} |", flush=True)
    cv2.setNumThreads(threads)
    images = [image for image, _ in clip(PREDICT_FRAMES)]
    parsers = {mode: FaceParser(project, temporal_smoothing=mode) for mode in ("none", "causal", "both")}
    for face_parser in parsers.values():
        predicting(face_parser, images[:4])
    taken = [{mode: predicting(each, images) for mode, each in parsers.items()} for _ in range(TURNS)]
    print("\n| predict | frames/s | of its speed without |\n|---|---|---|")
    for mode in parsers:
        rate = PREDICT_FRAMES / statistics.median(turn[mode] for turn in taken)
        ratio = statistics.median(turn["none"] / turn[mode] for turn in taken)
        print(f"| temporal smoothing, {mode} | {rate:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
