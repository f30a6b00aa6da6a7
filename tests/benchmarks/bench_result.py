"""Speed of the score, the vote and GrabCut, as ratios to the straightforward way.

On generated 720p frames of 17 blobs, in CPU time of one thread, the two ways in turn within one run:
python -m tests.benchmarks.bench_result
"""

import time
from collections.abc import Callable

import cv2
import numpy as np

from stages.davis.evaluation import score_clip
from stages.fusion.vote import vote
from stages.refinement.grabcut import refine
from tests.davis import official

CLASSES = range(1, 18)
SHAPE = 720, 1280


def draw_blobs(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    label_map = np.zeros(SHAPE, np.uint8)
    for label in CLASSES:
        center, axes = (int(rng.integers(400, 880)), int(rng.integers(150, 570))), rng.integers(15, 120, 2).tolist()
        cv2.ellipse(label_map, center, axes, int(rng.integers(180)), 0, 360, label, -1)
    return label_map


def paint(label_map: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    colours = rng.integers(20, 236, (256, 3))
    return np.clip(colours[label_map] + rng.normal(0, 8, (*SHAPE, 3)), 0, 255).astype(np.uint8)


def coarsen(label_map: np.ndarray) -> np.ndarray:
    height, width = label_map.shape
    small = cv2.resize(label_map, (width // 4, height // 4), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def score_each_class(truth: np.ndarray, prediction: np.ndarray) -> None:
    void = truth == 255
    for label in CLASSES:
        masks = truth == label, prediction == label, void
        official.region(*masks), official.boundary(*masks)


def vote_by_class_and_pixel(label_maps: list[np.ndarray]) -> np.ndarray:
    return sum(np.arange(18)[:, None, None] == label_map for label_map in label_maps).argmax(axis=0)


def cut_full_frame(image: np.ndarray, label_map: np.ndarray, classes: list[int]) -> None:
    for label in classes:
        mask = (label_map == label).astype(np.uint8)
        trimap = np.where(mask > 0, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
        trimap[cv2.erode(mask, np.ones((7, 7))) > 0] = cv2.GC_FGD
        trimap[cv2.dilate(mask, np.ones((7, 7))) == 0] = cv2.GC_BGD
        cv2.grabCut(image, trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), 1, cv2.GC_INIT_WITH_MASK)


def seconds(work: Callable[[], object], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


def report(title: str, ours: Callable[[], object], straightforward: Callable[[], object], repeats: int = 20) -> None:
    ours()
    fast, slow = seconds(ours, repeats), seconds(straightforward, 1)
    print(f"{title:32} {1 / fast:8.1f} frames/s against {1 / slow:6.2f}: {slow / fast:6.1f} times as fast")


def main() -> None:
    cv2.setNumThreads(1)
    truth, other = draw_blobs(0), draw_blobs(1)
    near, far = np.roll(truth, (2, 3), (0, 1)), np.roll(truth, (60, 90), (0, 1))
    predictions = {
        "coarsened": coarsen(truth),
        "shifted by (2, 3)": near,
        "shifted by (60, 90)": far,
        "unrelated": other,
    }
    for name, prediction in predictions.items():
        frame = [("0", truth, prediction)]
        report(
            f"score, {name}",
            lambda frame=frame: score_clip("clip", frame, "truth", skip_ends=False),
            lambda prediction=prediction: score_each_class(truth, prediction),
        )
    label_maps = [truth, near, other]
    report("vote of three", lambda: vote(label_maps), lambda: vote_by_class_and_pixel(label_maps))
    image, coarse = paint(truth), coarsen(truth)
    for name, classes in {"all classes": np.unique(coarse)[1:].tolist(), "4 classes": [8, 9, 14, 17]}.items():
        report(
            f"GrabCut, {name}",
            lambda classes=classes: refine(image, coarse, classes, band=3, iterations=1, size=256),
            lambda classes=classes: cut_full_frame(image, coarse, classes),
            repeats=3,
        )


if __name__ == "__main__":
    main()
