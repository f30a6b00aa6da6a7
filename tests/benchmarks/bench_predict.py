"""Frames a second of the trained cascade, end to end: by torch, by onnxruntime, and by mmdet's and mmseg's own API.

The API takes one image at a time (init_detector, inference_detector; init_model, inference_model), then the same vote
and GrabCut follow. The three take turns, on the test clips of the folder that it runs in, where `dvc repro` and
`face-parsing export --project .` have run: python -m tests.benchmarks.bench_predict
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from mmcv.transforms import Compose
from mmengine.runner import load_checkpoint

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core.errors import run
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.detector.config import detector_config
from face_parsing.faces.tracks import clip_faces
from face_parsing.geometry.squares import cut, paste, square
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.vote import hard_vote
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from face_parsing.segmenter.architecture import Architecture

with stdout_suppressed():
    from mmdet.apis import inference_detector, init_detector
    from mmdet.utils import get_test_pipeline_cfg
    from mmseg.apis import inference_model, init_model

CLIPS = Path("data/clips")
NUM_CLIPS = 4
REPEATS = 5


class PlainApi:
    """What the libraries' own inference functions make of a clip, with the weights and choices of a FaceParser."""

    def __init__(self, face_parser: FaceParser):
        self.parameters, self.labels = read_parameters(face_parser.project), face_parser.labels
        self.refiner = face_parser.refiner
        config = detector_config(Path(f"configs/detector/{self.parameters.profile}.py"), pretrained=False)
        config.model.test_cfg.rcnn.score_thr = self.parameters.det.test.score_threshold
        self.detector = init_detector(config, "models/detector.pth", device="cpu")
        pipeline = get_test_pipeline_cfg(config)
        pipeline[0].type = "mmdet.LoadImageFromNDArray"
        self.pipeline = Compose(pipeline)
        self.segmenters = [self._segmenter(weights) for weights in face_parser.segmenters]

    def _segmenter(self, weights: Path):
        seg = self.parameters.seg
        path = Path(f"configs/segmenter/{seg.backbone}/{self.parameters.profile}.py")
        config = Architecture(path, weights.stem, seg.layers, coarse_head=seg.coarse_head).config(len(self.labels))
        side = self.parameters.chosen.test.segment.crop_size
        resize = dict(type="Resize", scale=(side, side), keep_ratio=False)
        config.test_pipeline = [dict(type="LoadImageFromFile"), resize, dict(type="PackSegInputs")]
        model = init_model(config, device="cpu")  # which can't load the weights of a cascade by itself
        load_checkpoint(model, str(weights), map_location="cpu")
        return model

    def __call__(self, images: list[np.ndarray]) -> list[np.ndarray]:
        """The label map of every frame."""
        found = [inference_detector(self.detector, image, self.pipeline).pred_instances for image in images]
        candidates = [np.column_stack([faces.bboxes, faces.scores]) for faces in found]
        sizes = [image.shape[:2] for image in images]
        faces = clip_faces(candidates, sizes, self.parameters.det.test.secondary_face_threshold)
        return [self._label_map(*pair) for pair in zip(images, faces, strict=True)]

    def _label_map(self, image: np.ndarray, faces: list) -> np.ndarray:
        crop = self.parameters.crop
        places = [square(face.box, crop.margin) for face in sorted(faces, key=lambda face: face.score)]
        predictions = []
        for model in self.segmenters:
            label_map = np.zeros(image.shape[:2], np.uint8)
            for place in places:
                of_face = inference_model(model, cut(image, place, crop.pad_value)).pred_sem_seg.data[0]
                paste(label_map, of_face.numpy().astype(np.uint8), place)
            predictions.append(label_map)
        return self.refiner(image, hard_vote(predictions))[0]


def parse(face_parser: FaceParser, images: list[np.ndarray]) -> list[np.ndarray]:
    return [label_map for _, label_map in face_parser.parse(images, face_parser.find(images))]


def main() -> None:
    """Print a table of medians over the turns: of the rates, and of their ratios to the API's rate in the same turn."""
    with stdout_suppressed():  # mmengine logs to stdout, where the table goes
        by_torch, by_onnx = (FaceParser(Path(), "cpu", runtime) for runtime in ("torch", "onnx"))
        ways: dict[str, Callable] = {"mmdet and mmseg": PlainApi(by_torch)}
        ways |= {"torch": partial(parse, by_torch), "onnx": partial(parse, by_onnx)}
        names = read_split(CLIPS, "test")[:NUM_CLIPS]
        clips = [[read_image(frame.image) for frame in frames_of(CLIPS, name)] for name in names]
        results = {name: np.concatenate([np.ravel(way(clip)) for clip in clips]) for name, way in ways.items()}
        rates = {name: [] for name in ways}
        for clip in clips * REPEATS:
            for name, way in ways.items():
                start = time.perf_counter()
                way(clip)
                rates[name].append(len(clip) / (time.perf_counter() - start))
    print("| | frames/s | ratio | pixels as by torch |\n|---|---|---|---|")
    for name in ways:
        ratios = [ours / theirs for ours, theirs in zip(rates[name], rates["mmdet and mmseg"], strict=True)]
        same = (results[name] == results["torch"]).mean()
        rate, ratio = statistics.median(rates[name]), statistics.median(ratios)
        print(f"| {name} | {rate:.1f} | {ratio:.2f} | {same:.3%} |")


if __name__ == "__main__":
    run(main)
