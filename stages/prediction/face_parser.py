"""The trained cascade as one object: detector, segmenters, vote and GrabCut."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from stages.clips.labels import LabelTable, read_labels
from stages.detection.building import detector_config
from stages.detection.inference import CandidateFinder
from stages.faces.tracks import Face, clip_faces
from stages.fusion.scores import compose, mean_of
from stages.fusion.vote import vote
from stages.parameters.predictions import PREDICTION_OF
from stages.parameters.reading import read
from stages.parameters.tree import Tree
from stages.pipeline.entry import UserError
from stages.refinement.grabcut import refine
from stages.segmentation.building import load_segmenter
from stages.segmentation.inference import crop_scores, faces_in

FUSION_OF = {prediction: fusion for fusion, prediction in PREDICTION_OF.items()}


class FaceParser:
    """Finds the faces in pictures and labels every pixel of them, as the pipeline's result does.

    >>> parser = FaceParser(Path("."))
    >>> label_map, faces = parser(image)

    Args:
        project: The folder where the pipeline ran: its params.yaml, configs, models and data/labels.yaml are read.
        device: As torch names it ("cpu", "cuda:1"); None for the GPU if there is one.

    Raises:
        UserError: a model is missing (nothing is trained yet), was trained otherwise than params.yaml says, or there is
            no such device.
    """

    def __init__(self, project: Path, device: str | None = None):
        project = Path(project)
        self.parameters = read("", Tree, project / "params.yaml")
        self.labels = _labels(project)
        device = _device(device)
        test = self.parameters.det.test
        self.finder = None
        if test.finder == "detector":
            config = detector_config(project / f"configs/detector/{self.parameters.det.model}.py", pretrained=False)
            self.finder = CandidateFinder(
                config, _trained(project / "models/detector.pth"), test.batch_size, test.score_threshold
            )
            self.finder.model.to(device)
        config = project / f"configs/segmenter/{self.parameters.seg.model}.py"
        fusion = self.parameters.seg.fusion
        fusions = [FUSION_OF[m] for m in self.parameters.ensemble.members] if fusion == "vote" else [fusion]
        self.models = [
            load_segmenter(config, _trained(project / f"models/segmenter_{f}.pth"), f, self.labels).to(device)
            for f in fusions
        ]
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
        sizes = []

        def measured() -> Iterator[np.ndarray]:
            for image in images:
                sizes.append(image.shape[:2])
                yield image

        candidates = self.finder(measured()) if self.finder else [np.zeros((0, 5)) for _ in measured()]
        found = clip_faces(candidates, sizes, self.parameters.det.test.further_score)
        # As the face table holds them, so that a square lies where the pipeline's does.
        return [
            [Face(tuple(round(c, 2) for c in face.box), round(face.score, 2), face.source) for face in frame]
            for frame in found
        ]

    def parse(
        self, images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each image, (H, W, 3) uint8 BGR, whose faces are known, with its label map (H, W) uint8; in batches."""
        pairs = zip(images, faces, strict=True)
        while batch := list(islice(pairs, self.parameters.seg.test.batch_size)):
            of_batch = [list(each) for each in zip(*batch, strict=True)]
            yield from zip(of_batch[0], self._parse_batch(*of_batch), strict=True)

    def _parse_batch(self, images: list[np.ndarray], faces: list[Sequence[Face]]) -> list[np.ndarray]:
        test, cut = self.parameters.seg.test, self.parameters.grabcut
        mirrored = self.labels.mirrored[: len(self.labels)].tolist() if test.flip else None
        # By ascending score, since faces composed later cover earlier ones.
        ascending = [sorted(of_image, key=lambda face: face.score) for of_image in faces]
        boxes = [np.array([face.box for face in of_image]) for of_image in ascending]
        members = []
        for model in self.models:
            scores_of = partial(
                crop_scores, model, size=test.crop_size, scales=test.scales, mirrored=mirrored, probabilities=self.soft
            )
            members.append(faces_in(images, boxes, self.parameters.crop, scores_of))
        classes = [self.labels.id_of(name) for name in cut.classes if name in self.labels.names]
        label_maps = []
        for image, *of_members in zip(images, *members, strict=True):
            if self.soft:
                label_map = compose(image.shape[:2], mean_of(of_members))
            else:
                label_map = vote([compose(image.shape[:2], scores) for scores in of_members])
            label_maps.append(refine(image, label_map, classes, cut.band, cut.iterations, cut.size)[0])
        return label_maps


def _labels(project: Path) -> LabelTable:
    path = project / "data/labels.yaml"
    if not path.is_file():
        raise UserError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return read_labels(path)


def _trained(path: Path) -> Path:
    if not path.is_file():
        raise UserError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return path


def _device(name: str | None) -> torch.device:
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise UserError(f"--device {name}: no such device; expected cpu, cuda or cuda:<number>") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"--device {name}: this machine has {torch.cuda.device_count()} GPUs; expected cpu or one of them"
        )
    if device.type not in ("cpu", "cuda"):
        raise UserError(f"--device {name}: not supported; expected cpu, cuda or cuda:<number>")
    return device
