"""The trained cascade as one object: detector, segmenters, vote and GrabCut."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch

from face_parsing.clips.face_table import Face
from face_parsing.compute.batches import batches
from face_parsing.compute.threads import CORES, in_threads
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.framework_warnings import framework_warnings_suppressed
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import ENSEMBLE, MODEL_OF
from face_parsing.core.parameters import read
from face_parsing.detector.config import detector_config
from face_parsing.faces.finding import CandidateFinder, FindCandidates, find_faces, find_nothing
from face_parsing.faces.parameters import Finder
from face_parsing.grabcut.refining import Refiner
from face_parsing.parameters import Tree
from face_parsing.parsing.compositing import Prediction
from face_parsing.parsing.parameters import SmoothingMode, TemporalSmoothing, Vote
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.temporal_smoothing import smooth_votes
from face_parsing.parsing.vote import vote
from face_parsing.runtime.bundled import bundled_project
from face_parsing.runtime.onnx_runtime import run_by_onnx
from face_parsing.segmenter.architecture import Architecture
from face_parsing.variants.mask_propagation.following import follow

Runtime = Literal["torch", "onnx"]
Predicted = tuple[np.ndarray, list[Prediction]]  # a frame, (H, W, 3) uint8 BGR, with each segmenter's prediction


class FaceParser:
    """Finds the faces in images and labels every pixel of them, as the pipeline's result does.

    >>> parser = FaceParser()
    >>> label_map, faces = parser(np.zeros((96, 128, 3), np.uint8))
    >>> label_map.shape, label_map.dtype, faces[0].source
    ((96, 128), dtype('uint8'), 'whole_frame')

    Args:
        project: The folder where the pipeline ran: its params.yaml, configs, models and data/labels.yaml are read. None
            for the bundled models.
        device: The device by torch's name ("cpu", "cuda:1"); None for the GPU if there is one.
        runtime: What runs the networks: torch, or onnxruntime on the CPU, from the files that `face-parsing export`
            made.
        finder: What finds the faces: the detector, or nothing, and every image is one whole face (images that are cut
            to the face, or faces that the caller gives to :meth:`parse`). None for the project's det.test.finder.
        temporal_smoothing: How a clip is smoothed, which a hard vote, without probabilities, can't be. None for what
            the project's result is: a soft vote is smoothed by its temporal_smoothing.mode, one model's prediction is
            not smoothed.

    Attributes:
        project: The folder.
        parameters: Its params.yaml.
        labels: Its label table.
        finder: The detector; None where nothing is looked for.
        segmenters: The segmentation models by their files.
        files: What its results depend on: parameters, label table, models.

    Raises:
        PipelineError: a model is missing (nothing is trained yet), was trained with other parameters than params.yaml
            has, there is no such device, no ONNX file of a model as it is now, no bundled models, or a hard vote is to
            be smoothed.
        ValueError: there is no such finder.
    """

    @framework_warnings_suppressed()
    def __init__(
        self,
        project: Path | str | None = None,
        device: str | None = None,
        runtime: Runtime = "torch",
        finder: Finder | None = None,
        temporal_smoothing: SmoothingMode | None = None,
    ):
        if finder not in (None, *get_args(Finder)):
            raise ValueError(f"finder {finder!r}; expected one of {', '.join(get_args(Finder))}")
        self.project = bundled_project() if project is None else Path(project)
        self.parameters = read("", Tree, self.project / paths.PARAMETERS)
        self.labels = read_labels(_trained(self.project / paths.LABELS))
        self.vote: Vote = self.parameters.ensemble.vote if self._delivers_vote else "hard"
        self.temporal_smoothing = self._smoothing(temporal_smoothing)
        torch_device = _device(device, runtime)
        uses_detector = (finder or self.parameters.det.test.finder) == "detector"
        self.finder = self._load_finder(torch_device, runtime) if uses_detector else None
        self.segmenters = self._load_segmenters(torch_device, runtime)
        self.refiner = Refiner(self.parameters.grabcut, self.labels)
        detector = [self.project / paths.model_file("detector")] if uses_detector else []
        self.files = [self.project / paths.PARAMETERS, self.project / paths.LABELS, *detector, *self.segmenters]

    @property
    def _delivers_vote(self) -> bool:
        return MODEL_OF[self.parameters.seg.fusion] == ENSEMBLE

    def _smoothing(self, mode: SmoothingMode | None) -> TemporalSmoothing:
        smoothing = self.parameters.temporal_smoothing
        if mode is None:
            return smoothing.for_vote(self.vote)
        if self._delivers_vote and self.vote == "hard" and mode != "none":
            raise PipelineError(
                f"temporal smoothing {mode}: a hard vote has no probabilities; expected ensemble.vote: soft"
            )
        return smoothing.model_copy(update={"mode": mode})

    def _load_finder(self, device: torch.device, runtime: Runtime) -> CandidateFinder:
        weights = _trained(self.project / paths.model_file("detector"))
        config = detector_config(self.project / paths.detector_config(self.parameters.profile), pretrained=False)
        batch_size = self.parameters.chosen.test.detect.batch_size
        finder = CandidateFinder(config, weights, self.parameters.det.test, batch_size)
        finder.model.to(device)
        if runtime == "onnx":
            finder.model = run_by_onnx(finder.model, weights.with_suffix(".onnx"), weights, CORES)
        return finder

    def _load_segmenters(self, device: torch.device, runtime: Runtime) -> dict[Path, Segmenter]:
        """The models of the delivered result by their files."""
        seg = self.parameters.seg
        config_file = self.project / paths.segmenter_config(seg.backbone, self.parameters.profile)
        probabilities = self.vote == "soft" or self.temporal_smoothing.mode != "none"
        use = SegmenterUse(self.parameters.crop, self.parameters.chosen.test.segment, seg.test, probabilities)
        segmenters = {}
        for name in self.parameters.ensemble.members if self._delivers_vote else [MODEL_OF[seg.fusion]]:
            weights = _trained(self.project / paths.model_file(name, Path(seg.weights)))
            architecture = Architecture(
                config_file, name, seg.layers, seg.backbone, seg.coarse_head, seg.mask_propagation
            )
            segmenter = Segmenter.load(architecture, weights, self.labels, use)
            segmenter.network.to(device)
            if runtime == "onnx":
                network = run_by_onnx(segmenter.network, weights.with_suffix(".onnx"), weights, CORES)
                segmenter = segmenter.with_network(network)
            segmenters[weights] = segmenter
        return segmenters

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, list[Face]]:
        """Parse one image.

        Args:
            image: (H, W, 3) uint8, BGR as OpenCV reads it.

        Returns:
            The label map, (H, W) uint8 class ids, and the faces, the main one first.

        Raises:
            ValueError: The image is not such an array.
        """
        image = np.asarray(image)
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ValueError(f"image of shape {image.shape}, {image.dtype}; expected (H, W, 3), uint8, BGR")
        (faces,) = self.find([image])
        ((_, label_map),) = self.parse([image], [faces])
        return label_map, faces

    def find(self, images: Iterable[np.ndarray]) -> list[list[Face]]:
        """The faces of every frame of a clip, in which one main face is tracked.

        Args:
            images: (H, W, 3) uint8 BGR each; taken one batch at a time.
        """
        return self._faces(images, self._candidates)

    def find_each(self, images: Iterable[np.ndarray]) -> Iterator[list[Face]]:
        """Yield the faces of each image, (H, W, 3) uint8 BGR, by itself; several are searched side by side."""
        yield from in_threads(lambda image: self._faces([image], self.finder or find_nothing)[0], images)

    def parse(
        self, images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]], tracking: bool = True
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each image, (H, W, 3) uint8 BGR, whose faces are known, with its label map (H, W) uint8.

        With ``tracking`` they are the frames of one clip: the clip is smoothed over time, and a model with
        seg.mask_propagation takes them frame after frame. Otherwise they are unrelated. Models take frames in batches.
        """
        predicted: Iterator[Predicted]
        votes: Iterator[tuple[np.ndarray, np.ndarray]]
        if self.parameters.seg.mask_propagation != "none" and tracking:
            predicted = follow([*self.segmenters.values()], images, faces)
        else:
            size = self.parameters.chosen.test.segment.batch_size
            pairs = batches(zip(images, faces, strict=True), size, image=itemgetter(0))
            predicted = chain.from_iterable(in_threads(self._predict_batch, pairs))
        if self.temporal_smoothing.mode == "none" or not tracking:
            votes = ((image, vote(predictions, self.vote)) for image, predictions in predicted)
        else:
            votes = smooth_votes(predicted, self.temporal_smoothing, self.parameters.crop.pad_value)
        yield from in_threads(self._refine, votes)

    def _faces(self, images: Iterable[np.ndarray], find: FindCandidates) -> list[list[Face]]:
        found = find_faces(images, find, self.parameters.det.test.secondary_face_threshold)
        # As the face table holds them, so that a square lies where the pipeline's does.
        return [[face.rounded() for face in frame] for frame in found]

    def _candidates(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        if self.finder is None:
            return find_nothing(images)
        together = batches(images, self.finder.batch_size, image=lambda image: image)
        return list(chain.from_iterable(in_threads(self.finder, together)))

    def _predict_batch(self, pairs: list[tuple[np.ndarray, Sequence[Face]]]) -> list[Predicted]:
        images, faces = [image for image, _ in pairs], [image_faces for _, image_faces in pairs]
        members = [segmenter(images, faces) for segmenter in self.segmenters.values()]
        return [(image, predictions) for image, *predictions in zip(images, *members, strict=True)]

    def _refine(self, frame_vote: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        image, label_map = frame_vote
        return image, self.refiner(image, label_map)[0]


def _trained(path: Path) -> Path:
    if not path.is_file():
        raise PipelineError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return path


def _device(name: str | None, runtime: Runtime) -> torch.device:
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() and runtime == "torch" else "cpu"))
    except RuntimeError:
        raise PipelineError(f"--device {name}: no such device; expected cpu, cuda or cuda:<number>") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise PipelineError(
            f"--device {name}: this machine has {torch.cuda.device_count()} GPUs; expected cpu or one of them"
        )
    if device.type not in ("cpu", "cuda"):
        raise PipelineError(f"--device {name}: not supported; expected cpu, cuda or cuda:<number>")
    if runtime == "onnx" and device.type != "cpu":
        raise PipelineError(f"--device {name}: onnx runs on the CPU; expected cpu, or --runtime torch")
    return device
