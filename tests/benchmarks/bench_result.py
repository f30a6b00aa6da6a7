"""Speed of the score, the vote, GrabCut and the segmenting, as ratios to the straightforward way.

On generated 720p frames of 17 blobs, in CPU time of one thread, the two ways in turn within one run:
python -m tests.benchmarks.bench_result
"""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import read_labels
from face_parsing.geometry.squares import Crop, cut, square
from face_parsing.grabcut.refining import refine
from face_parsing.metrics.scoring import score_clip
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import TrainedNetwork
from face_parsing.parsing.vote import hard_vote
from face_parsing.segmenter.architecture import Architecture
from tests.benchmarks.blobs import CLASSES, draw_blobs, paint
from tests.face_parsing.metrics import official

REPEATS, SLOW_REPEATS = 20, 3
BATCH = 8  # frames
SIDE = 96  # of the segmenter's input


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


class Segment:
    """EANet-Cat of the mini config with random weights, on a face of 400 pixels a frame."""

    def __init__(self, image: np.ndarray):
        torch.set_num_threads(1)
        init_default_scope("mmseg")
        self.model = MODELS.build(
            Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "eanet_cat").config(18).model
        ).eval()
        use = SegmenterUse(
            Crop(margin=0.15, pad_value=114),
            SegmenterInput(batch_size=BATCH, crop_size=SIDE, logit_adjustment=0.0),
            SegmenterTest(scales=(1.0,), flip=False, resize="logits"),
            probabilities=False,
        )
        self.segmenter = Segmenter(TrainedNetwork(self.model), read_labels(Path("configs/labels.yaml")), use)
        self.images, self.faces = [image] * BATCH, [[Face((400.0, 150.0, 800.0, 550.0), 1.0, "detected")]] * BATCH

    def in_batches(self) -> list[np.ndarray]:
        return [prediction.label_map for prediction in self.segmenter(self.images, self.faces)]

    def frame_by_frame(self) -> list[np.ndarray]:
        return [self._whole_frame(*pair) for pair in zip(self.images, self.faces, strict=True)]

    def _whole_frame(self, image: np.ndarray, faces: list[Face]) -> np.ndarray:
        """The logits of the whole frame, all classes at once, then argmax."""
        crop = self.segmenter.use.crop
        place = square(faces[0].box, crop.margin)
        face = cv2.resize(cut(image, place, crop.pad_value), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        with torch.inference_mode():
            inputs = self.model.data_preprocessor({"inputs": [torch.from_numpy(face.transpose(2, 0, 1).copy())]})
            logits = self.model(inputs["inputs"], mode="tensor")
            full = F.interpolate(logits, (place.side, place.side), mode="bilinear", align_corners=False)[0]
        frame = torch.zeros(18, *image.shape[:2])
        frame[:, place.y : place.y + place.side, place.x : place.x + place.side] = full
        return frame.argmax(0).to(torch.uint8).numpy()


def seconds(work: Callable[[], object], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


def report(
    title: str, ours: Callable[[], object], straightforward: Callable[[], object], repeats: int, frames: int = 1
) -> None:
    ours()
    fast, slow = seconds(ours, repeats) / frames, seconds(straightforward, 1) / frames
    print(f"| {title} | {1 / fast:.1f} | {1 / slow:.2f} | {slow / fast:.1f} |", flush=True)


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    print("| step | frames/s | straightforward, frames/s | ratio |\n|---|---|---|---|")
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
            REPEATS,
        )
    label_maps = [truth, near, other]
    report("vote of three", lambda: hard_vote(label_maps), lambda: vote_by_class_and_pixel(label_maps), REPEATS)
    image, coarse = paint(truth), coarsen(truth)
    for name, classes in {"all classes": np.unique(coarse)[1:].tolist(), "4 classes": [8, 9, 14, 17]}.items():
        report(
            f"GrabCut, {name}",
            lambda classes=classes: refine(image, coarse, classes, band=3, iterations=1, size=256),
            lambda classes=classes: cut_full_frame(image, coarse, classes),
            SLOW_REPEATS,
        )
    segment = Segment(image)
    report("segment", segment.in_batches, segment.frame_by_frame, SLOW_REPEATS, frames=BATCH)


if __name__ == "__main__":
    main()
