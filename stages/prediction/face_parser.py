"""The trained cascade as one object: detector, segmenters, vote and GrabCut."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from stages.clips.labels import LabelTable, read_labels
from stages.deployment.running import run_by_onnx
from stages.detection.building import detector_config
from stages.detection.inference import CandidateFinder
from stages.faces.tracks import Face, clip_faces
from stages.fusion.scores import Faces, compose, mean_of
from stages.fusion.vote import vote
from stages.parameters.predictions import PREDICTION_OF
from stages.parameters.reading import read
from stages.parameters.tree import Tree
from stages.pipeline.entry import UserError
from stages.prediction.threads import CORES, batches, in_threads
from stages.refinement.grabcut import refine
from stages.segmentation.building import load_segmenter
from stages.segmentation.inference import crop_scores, faces_in

Runtime = Literal["torch", "onnx"]

FUSION_OF = {prediction: fusion for fusion, prediction in PREDICTION_OF.items()}


class FaceParser:
    """Finds the faces in pictures and labels every pixel of them, as the pipeline's result does.

    >>> parser = FaceParser(Path("."))
    >>> label_map, faces = parser(image)

    Args:
        project: The folder where the pipeline ran: its params.yaml, configs, models and data/labels.yaml are read.
        device: As torch names it ("cpu", "cuda:1"); None for the GPU if there is one.
        runtime: What runs the networks: torch, or onnxruntime on the CPU, from the files that `python -m stages.export`
            made.

    Raises:
        UserError: a model is missing (nothing is trained yet), was trained otherwise than params.yaml says, there is no
            such device, or no ONNX file of a model as it is now.
    """

    def __init__(self, project: Path, device: str | None = None, runtime: Runtime = "torch"):
        project = Path(project)
        self.parameters = read("", Tree, project / "params.yaml")
        self.labels = _labels(project)
        device = _device(device, runtime)
        test = self.parameters.det.test
        self.finder = None
        if test.finder == "detector":
            config = detector_config(project / f"configs/detector/{self.parameters.det.model}.py", pretrained=False)
            weights = _trained(project / "models/detector.pth")
            self.finder = CandidateFinder(config, weights, test.batch_size, test.score_threshold)
            self.finder.model.to(device)
            if runtime == "onnx":
                self.finder.model = run_by_onnx(self.finder.model, weights.with_suffix(".onnx"), weights, CORES)
        config = project / f"configs/segmenter/{self.parameters.seg.model}.py"
        fusion = self.parameters.seg.fusion
        fusions = [FUSION_OF[m] for m in self.parameters.ensemble.members] if fusion == "vote" else [fusion]
        self.segmenters = {}
        for each in fusions:
            weights = _trained(project / f"models/segmenter_{each}.pth")
            model = load_segmenter(config, weights, each, self.labels, self.parameters.seg.refinement).to(device)
            if runtime == "onnx":
                model = run_by_onnx(model, weights.with_suffix(".onnx"), weights, CORES)
            self.segmenters[weights] = model
        self.soft = fusion == "vote" and self.parameters.ensemble.vote == "soft"
        # The detector's operators run on one thread, the segmenters' on all.
        torch.set_num_threads(os.cpu_count() or 1)

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, list[Face]]:
        """Parse one picture.

        Args:
            image: (H, W, 3) uint8, BGR as OpenCV reads it.

        Returns:
            The label map, (H, W) uint8 class ids, and the faces, the main one first.

        Raises:
            ValueError: the image is not such an array.
        """
        image = np.asarray(image)
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ValueError(f"image of shape {image.shape}, {image.dtype}; expected (H, W, 3), uint8, BGR")
        (faces,) = self.find([image])
        ((_, label_map),) = self.parse([image], [faces])
        return label_map, faces

    def find(self, images: Iterable[np.ndarray]) -> list[list[Face]]:
        """The faces of every frame of a clip, in which one main face is followed; see :func:`clip_faces`.

        Args:
            images: (H, W, 3) uint8 BGR each; taken one batch at a time.
        """
        test, sizes, candidates = self.parameters.det.test, [], []
        for batch in in_threads(self._candidates, batches(images, test.batch_size)):
            for size, of_image in batch:
                sizes.append(size)
                candidates.append(of_image)
        found = clip_faces(candidates, sizes, test.further_score)
        # As the face table holds them, so that a square lies where the pipeline's does.
        return [
            [Face(tuple(round(c, 2) for c in face.box), round(face.score, 2), face.source) for face in frame]
            for frame in found
        ]

    def parse(
        self, images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each image, (H, W, 3) uint8 BGR, whose faces are known, with its label map (H, W) uint8; in batches."""
        pairs = batches(zip(images, faces, strict=True), self.parameters.seg.test.batch_size)
        yield from chain.from_iterable(in_threads(self._parse_batch, pairs))

    def _candidates(self, images: list[np.ndarray]) -> list[tuple[tuple[int, int], np.ndarray]]:
        """Of each image its size and its candidates."""
        found = self.finder(images) if self.finder else [np.zeros((0, 5))] * len(images)
        return [(image.shape[:2], candidates) for image, candidates in zip(images, found, strict=True)]

    def scores(self, model: nn.Module, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]]) -> list[Faces]:
        """What one of the segmenters says of each image's faces, by ascending score of the face."""
        test = self.parameters.seg.test
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if test.flip else None
        # Since faces composed later cover earlier ones.
        ascending = [sorted(of_image, key=lambda face: face.score) for of_image in faces]
        boxes = [np.array([face.box for face in of_image]) for of_image in ascending]
        scores_of = partial(
            crop_scores, model, size=test.crop_size, scales=test.scales, mirrored=mirrored, probabilities=self.soft
        )
        return faces_in(images, boxes, self.parameters.crop, scores_of)

    def _parse_batch(self, pairs: list[tuple[np.ndarray, Sequence[Face]]]) -> list[tuple[np.ndarray, np.ndarray]]:
        images, faces = zip(*pairs, strict=True)
        cut, resize = self.parameters.grabcut, self.parameters.seg.test.resize
        members = [self.scores(model, images, faces) for model in self.segmenters.values()]
        classes = [self.labels.id_of(name) for name in cut.classes if name in self.labels.names]
        parsed = []
        for image, *of_members in zip(images, *members, strict=True):
            if self.soft:
                label_map = compose(image.shape[:2], mean_of(of_members))
            else:
                label_map = vote([compose(image.shape[:2], scores, resize) for scores in of_members])
            parsed.append((image, refine(image, label_map, classes, cut.band, cut.iterations, cut.size)[0]))
        return parsed


def _labels(project: Path) -> LabelTable:
    path = project / "data/labels.yaml"
    if not path.is_file():
        raise UserError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return read_labels(path)


def _trained(path: Path) -> Path:
    if not path.is_file():
        raise UserError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return path


def _device(name: str | None, runtime: Runtime) -> torch.device:
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() and runtime == "torch" else "cpu"))
    except RuntimeError:
        raise UserError(f"--device {name}: no such device; expected cpu, cuda or cuda:<number>") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"--device {name}: this machine has {torch.cuda.device_count()} GPUs; expected cpu or one of them"
        )
    if device.type not in ("cpu", "cuda"):
        raise UserError(f"--device {name}: not supported; expected cpu, cuda or cuda:<number>")
    if runtime == "onnx" and device.type != "cpu":
        raise UserError(f"--device {name}: onnx runs on the CPU; expected cpu, or --runtime torch")
    return device
