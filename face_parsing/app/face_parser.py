"""The trained cascade as one object: detector, segmenters, vote and GrabCut."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch

from face_parsing.app.onnx_runtime import run_by_onnx
from face_parsing.app.shipped import shipped_project
from face_parsing.app.threads import CORES, cores, in_threads
from face_parsing.detector.building import detector_config
from face_parsing.faces.finding import CandidateFinder, FindCandidates, find_faces, find_nothing
from face_parsing.faces.parameters import Finder
from face_parsing.grabcut.refining import Refiner
from face_parsing.parameters import Tree
from face_parsing.parsing.batches import batches
from face_parsing.parsing.composing import Prediction
from face_parsing.parsing.following import follow
from face_parsing.parsing.parameters import SteadyMode, Vote
from face_parsing.parsing.segmenter import Segmenter, load_network
from face_parsing.parsing.steadying import steady_votes
from face_parsing.parsing.vote import vote
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.hush import frameworks_hushed
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import ENSEMBLE, MODEL_OF
from face_parsing.pipeline.reading import read

Runtime = Literal["torch", "onnx"]
Seen = tuple[np.ndarray, list[Prediction]]  # a frame, (H, W, 3) uint8 BGR, and each segmenter's prediction of it


class FaceParser:
    """Finds the faces in pictures and labels every pixel of them, as the pipeline's result does.

    >>> parser = FaceParser()
    >>> label_map, faces = parser(image)

    Args:
        project: The folder where the pipeline ran: its params.yaml, configs, models and data/labels.yaml are read. None
            for the models in the box.
        device: As torch names it ("cpu", "cuda:1"); None for the GPU if there is one.
        runtime: What runs the networks: torch, or onnxruntime on the CPU, from the files that `face-parsing export`
            made.
        finder: What finds the faces: the detector, or nothing, and every picture is one whole face (pictures that are
            cut to the face, or faces that the caller gives to :meth:`parse`). None for the project's det.test.finder.
        steady: How a clip is steadied, which a hard vote, without probabilities, can't be. None for what the project's
            result is: a soft vote is steadied by its steady.mode, and one model's prediction not at all.

    Attributes:
        project: The folder.
        files: What its results depend on: parameters, label table, models.

    Raises:
        UserError: a model is missing (nothing is trained yet), was trained otherwise than params.yaml says, there is no
            such device, no ONNX file of a model as it is now, no models are in the box, or a hard vote is to be
            steadied.
        ValueError: there is no such finder.
    """

    @frameworks_hushed()
    def __init__(
        self,
        project: Path | str | None = None,
        device: str | None = None,
        runtime: Runtime = "torch",
        finder: Finder | None = None,
        steady: SteadyMode | None = None,
    ):
        if finder not in (None, *get_args(Finder)):
            raise ValueError(f"finder {finder!r}; expected one of {', '.join(get_args(Finder))}")
        self.project = folder = shipped_project() if project is None else Path(project)
        self.parameters = read("", Tree, folder / "params.yaml")
        self.labels = read_labels(_trained(folder / "data/labels.yaml"))
        profile = self.parameters.chosen
        place = _device(device, runtime)
        detection = self.parameters.det.test
        self.finder: CandidateFinder | None = None
        if (finder or detection.finder) == "detector":
            config = detector_config(folder / f"configs/detector/{self.parameters.profile}.py", pretrained=False)
            weights = _trained(folder / "models/detector.pth")
            self.finder = CandidateFinder(config, weights, detection, profile.test.detect.batch_size)
            self.finder.model.to(place)
            if runtime == "onnx":
                self.finder.model = run_by_onnx(self.finder.model, weights.with_suffix(".onnx"), weights, CORES)
        seg = self.parameters.seg
        config = folder / f"configs/segmenter/{seg.backbone}/{self.parameters.profile}.py"
        delivered = MODEL_OF[seg.fusion]
        names = self.parameters.ensemble.members if delivered == ENSEMBLE else [delivered]
        self.vote: Vote = self.parameters.ensemble.vote if delivered == ENSEMBLE else "hard"
        of_project = self.parameters.steady
        self.steady = of_project.model_copy(update={"mode": steady}) if steady else of_project.of(self.vote)
        if delivered == ENSEMBLE and self.vote == "hard" and self.steady.mode != "none":
            raise UserError(f"steady {steady}: a hard vote has no probabilities; expected ensemble.vote: soft")
        probabilities = self.vote == "soft" or self.steady.mode != "none"
        self.segmenters: dict[Path, Segmenter] = {}
        for name in names:
            weights = _trained(folder / seg.weights / f"{name}.pth")
            network = load_network(
                config, weights, name, self.labels, seg.layers, previous=seg.previous, coarse_head=seg.coarse_head
            ).to(place)
            if runtime == "onnx":
                network = run_by_onnx(network, weights.with_suffix(".onnx"), weights, CORES)
            crop, segment = self.parameters.crop, profile.test.segment
            self.segmenters[weights] = Segmenter(network, self.labels, crop, segment, seg.test, probabilities)
        self.refiner = Refiner(self.parameters.grabcut, self.labels)
        detector = [folder / "models/detector.pth"] if self.finder else []
        self.files = [folder / "params.yaml", folder / "data/labels.yaml", *detector, *self.segmenters]
        # The detector's operators run on one thread, the segmenters' on all.
        torch.set_num_threads(cores())

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
        """The faces of every frame of a clip, in which one main face is followed.

        Args:
            images: (H, W, 3) uint8 BGR each; taken one batch at a time.
        """
        return self._faces(images, self._candidates)

    def find_each(self, images: Iterable[np.ndarray]) -> Iterator[list[Face]]:
        """Yield the faces of each image, (H, W, 3) uint8 BGR, by itself; several are looked at side by side."""
        yield from in_threads(lambda image: self._faces([image], self.finder or find_nothing)[0], images)

    def parse(
        self, images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]], stills: bool = False
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each image, (H, W, 3) uint8 BGR, whose faces are known, with its label map (H, W) uint8.

        They are the frames of one clip, unless they are ``stills``: a clip is steadied, and a model with seg.previous
        goes through it frame after frame. Other models take frames in batches.
        """
        seen: Iterator[Seen]
        voted: Iterator[tuple[np.ndarray, np.ndarray]]
        if self.parameters.seg.previous != "none" and not stills:
            seen = follow([*self.segmenters.values()], images, faces)
        else:
            size = self.parameters.chosen.test.segment.batch_size
            pairs = batches(zip(images, faces, strict=True), size, lambda pair: pixels(pair[0]))
            seen = chain.from_iterable(in_threads(self._predict_batch, pairs))
        if self.steady.mode == "none" or stills:
            voted = ((image, vote(predictions, self.vote)) for image, predictions in seen)
        else:
            voted = steady_votes(seen, self.steady, self.parameters.crop.pad_value)
        yield from in_threads(self._refine, voted)

    def _faces(self, images: Iterable[np.ndarray], find: FindCandidates) -> list[list[Face]]:
        found = find_faces(images, find, self.parameters.det.test.further_score)
        # As the face table holds them, so that a square lies where the pipeline's does.
        return [[face.rounded() for face in frame] for frame in found]

    def _candidates(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        if self.finder is None:
            return find_nothing(images)
        return list(chain.from_iterable(in_threads(self.finder, batches(images, self.finder.batch_size, pixels))))

    def _predict_batch(self, pairs: list[tuple[np.ndarray, Sequence[Face]]]) -> list[Seen]:
        images, faces = [image for image, _ in pairs], [of_image for _, of_image in pairs]
        members = [segmenter(images, faces) for segmenter in self.segmenters.values()]
        return [(image, predictions) for image, *predictions in zip(images, *members, strict=True)]

    def _refine(self, voted: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        image, label_map = voted
        return image, self.refiner(image, label_map)[0]


def pixels(image: np.ndarray) -> int:
    """How many an image (H, W, 3) has."""
    return image.shape[0] * image.shape[1]


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
