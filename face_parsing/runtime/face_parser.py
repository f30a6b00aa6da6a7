"""The trained cascade as one object: detector, segmenters, vote, temporal smoothing and GrabCut."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np
from PIL import Image, ImageOps

from face_parsing.clips.face_table import Face
from face_parsing.compute.batches import batches
from face_parsing.compute.threads import in_threads
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.framework_warnings import framework_warnings_suppressed
from face_parsing.faces.finding import FindCandidates, find_faces, find_nothing
from face_parsing.faces.parameters import Finder
from face_parsing.faces.tracks import clip_faces
from face_parsing.grabcut.refining import Refiner
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import Prediction, ScoredFaces
from face_parsing.parsing.crop_scores import softmax
from face_parsing.parsing.parameters import SmoothingMode, TemporalSmoothing, Vote
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.parsing.temporal_smoothing import smooth_votes
from face_parsing.parsing.vote import vote
from face_parsing.runtime.bundled import bundled_project
from face_parsing.runtime.opening import Runtime, open_models
from face_parsing.runtime.result import Result
from face_parsing.runtime.second_look import SecondLook

Predicted = tuple[np.ndarray, list[Prediction]]  # a frame, (H, W, 3) uint8 BGR, with each segmenter's prediction
Color = Literal["bgr", "rgb"]


class FaceParser:
    """Finds the faces in images and labels every pixel of them, as the pipeline's result does.

    Example:
        >>> parser = FaceParser()
        >>> result = parser(np.zeros((96, 128, 3), np.uint8), color="bgr")
        >>> result.label_map.shape, result.faces[0].source
        ((96, 128), 'whole_frame')

    Args:
        project: The folder where the pipeline ran: its params.yaml, configs, models and data/labels.yaml are read. Or a
            folder that `face-parsing export` wrote. None for the bundled models.
        device: "cpu", "cuda" or "cuda:<number>"; None for the GPU if there is one.
        runtime: What runs the networks: "onnx" for onnxruntime and the files that `face-parsing export` made, or
            "torch". None for onnx if the models are exported and it supports the device, otherwise torch.
        finder: What finds the faces: the detector, or nothing, and every image is one whole face (images that are cut
            to the face, or faces that the caller gives to :meth:`parse`). None for the project's det.test.finder.
        temporal_smoothing: How a clip is smoothed, which a hard vote, without probabilities, can't be. None for what
            the project's result is: a soft vote is smoothed by its temporal_smoothing.mode, one model's prediction is
            not smoothed.

    Attributes:
        project: The folder.
        runtime: What runs the networks, "torch" or "onnx".
        recipe: How the networks are used.
        labels: The label table.
        finder: The detector; None where nothing is looked for.
        use: How the segmentation models are used.
        segmenters: The segmentation models by their files.
        files: What its results depend on: parameters, label table, models.

    Raises:
        PipelineError: a model is missing (nothing is trained yet), was trained with other parameters than params.yaml
            has, there is no such device, no exported file of a model as it is now, no bundled models, or a hard vote is
            to be smoothed.
        ValueError: there is no such finder.
    """

    @framework_warnings_suppressed()
    def __init__(
        self,
        project: Path | str | None = None,
        device: str | None = None,
        runtime: Runtime | None = None,
        finder: Finder | None = None,
        temporal_smoothing: SmoothingMode | None = None,
    ):
        if finder not in (None, *get_args(Finder)):
            raise ValueError(f"finder {finder!r}; expected one of {', '.join(get_args(Finder))}")
        self.project = bundled_project() if project is None else Path(project)
        models = open_models(self.project, device, runtime)
        self.runtime, self.recipe = models.runtime, models.recipe
        self.labels = self.recipe.label_table
        self.vote: Vote = self.recipe.vote
        self.temporal_smoothing = self._smoothing(temporal_smoothing)
        detection = self.recipe.detection
        uses_detector = (finder or detection.finder) == "detector"
        self.finder = models.finder(detection) if uses_detector else None
        probabilities = self.vote == "soft" or self.temporal_smoothing.mode != "none"
        self.use = SegmenterUse(self.recipe.crop, self.recipe.input, self.recipe.test, probabilities)
        self.segmenters = models.segmenters(self.use)
        self.second_look = SecondLook(next(iter(self.segmenters.values())))
        self.refiner = Refiner(self.recipe.grabcut, self.labels)
        detector = [models.detector_file] if uses_detector else []
        settings = [self.project / paths.PARAMETERS, self.project / paths.LABELS, *models.settings]
        self.files = [path for path in (*settings, *detector, *self.segmenters) if path.is_file()]

    def _smoothing(self, mode: SmoothingMode | None) -> TemporalSmoothing:
        smoothing = self.recipe.temporal_smoothing
        if mode is None:
            return smoothing.for_vote(self.vote)
        if self.recipe.delivers_vote and self.vote == "hard" and mode != "none":
            raise PipelineError(
                f"temporal smoothing {mode}: a hard vote has no probabilities; expected ensemble.vote: soft"
            )
        return smoothing.model_copy(update={"mode": mode})

    def __call__(self, image: Path | str | Image.Image | np.ndarray, color: Color | None = None) -> Result:
        """Parse one image.

        Example:
            >>> result = FaceParser()(Image.new("RGB", (128, 96)))
            >>> result.name, result.label_map.shape
            ('image', (96, 128))

        Args:
            image: The path of an image file, a PIL image, or (H, W, 3) uint8.
            color: The order of an array's colours: "rgb", or "bgr" as OpenCV reads images.

        Raises:
            PipelineError: The file can't be read.
            ValueError: The array is not such an array, or its ``color`` is not given.
        """
        name = Path(image).stem if isinstance(image, (str, Path)) else "image"
        pixels = _pixels(image, color)
        (faces,) = self.find([pixels])
        ((_, prediction),) = self.predictions([pixels], [faces], tracking=False)
        return Result(name, pixels, prediction.label_map, faces, self.labels, prediction.scores)

    def video(self, path: Path | str, temporal_smoothing: bool = True) -> Iterator[Result]:
        """Yield the result of every frame of a video, or of a folder of frames, in which one main face is tracked.

        The frames are read twice: first to find the faces of all.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as clip:
            ...     for name in ("0.png", "1.png"):
            ...         Image.new("RGB", (128, 96)).save(f"{clip}/{name}")
            ...     [(frame.name, frame.label_map.shape) for frame in FaceParser().video(clip)]
            [('0', (96, 128)), ('1', (96, 128))]

        Args:
            path: The video, or the folder.
            temporal_smoothing: Whether the clip is smoothed over time, if the parser smooths at all.

        Raises:
            PipelineError: The video can't be read.
        """
        # Imported here: PyAV takes a tenth of a second, which one image does not need.
        from face_parsing.media.reading import open_media

        media, unreadable = open_media(Path(path))
        if unreadable:
            raise unreadable[0]
        faces = self.find(media.frames())
        smoothing: SmoothingMode | None = None if temporal_smoothing else "none"
        parsed = self.predictions(media.frames(), faces, smoothing=smoothing)
        for name, frame_faces, (image, prediction) in zip(media.frame_names, faces, parsed, strict=True):
            yield Result(name, image, prediction.label_map, frame_faces, self.labels, prediction.scores)

    def find(self, images: Iterable[np.ndarray]) -> list[list[Face]]:
        """The faces of every frame of a clip, in which one main face is tracked.

        Example:
            >>> clip = [np.zeros((96, 128, 3), np.uint8)] * 3
            >>> [len(faces) for faces in FaceParser().find(clip)]
            [1, 1, 1]

        Args:
            images: (H, W, 3) uint8 BGR each; taken one batch at a time. One image by itself is searched as by
                :meth:`find_each`.
        """
        frames = iter(images)
        start = list(islice(frames, 2))
        return list(self.find_each(start)) if len(start) == 1 else self._faces(chain(start, frames), self._candidates)

    def find_each(self, images: Iterable[np.ndarray]) -> Iterator[list[Face]]:
        """Yield the faces of each image, (H, W, 3) uint8 BGR, by itself; several are searched side by side.

        The segmenter checks uncertain faces, see :mod:`face_parsing.runtime.second_look`.

        Example:
            >>> (faces,) = FaceParser().find_each([np.zeros((96, 128, 3), np.uint8)])
            >>> faces  # nothing looks like a face, so the whole image counts as one
            [Face(box=(0.0, 0.0, 128.0, 96.0), score=0.0, source='whole_frame')]
        """
        yield from in_threads(self._faces_of_one, images)

    def parse(
        self, images: Iterable[np.ndarray], faces: Iterable[Sequence[Face]], tracking: bool = True
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each image, (H, W, 3) uint8 BGR, whose faces are known, with its label map (H, W) uint8.

        With ``tracking`` they are the frames of one clip: the clip is smoothed over time, and a model with
        seg.mask_propagation takes them frame after frame. Otherwise they are unrelated. Models take frames in batches.

        Example:
            >>> image, face = np.zeros((96, 128, 3), np.uint8), Face((20, 10, 80, 90), 1.0, "detected")
            >>> parser = FaceParser(finder="whole_frame")  # the detector is not needed
            >>> [label_map.shape for _, label_map in parser.parse([image], [[face]])]
            [(96, 128)]
        """
        for image, prediction in self._votes(images, faces, tracking, self.temporal_smoothing):
            yield image, prediction.label_map

    def predictions(
        self,
        images: Iterable[np.ndarray],
        faces: Iterable[Sequence[Face]],
        tracking: bool = True,
        smoothing: SmoothingMode | None = None,
    ) -> Iterator[tuple[np.ndarray, Prediction]]:
        """Yield what :meth:`parse` yields, with the faces' class probabilities from 0 to 1; none of a hard vote.

        Example:
            >>> image, face = np.zeros((96, 128, 3), np.uint8), Face((20, 10, 80, 90), 1.0, "detected")
            >>> parser = FaceParser(finder="whole_frame")
            >>> ((_, prediction),) = parser.predictions([image], [[face]])
            >>> ((square, probabilities),) = prediction.scores  # (classes, height, width) in a square of the image
            >>> len(probabilities) == len(parser.labels.names)
            True

        Args:
            images: (H, W, 3) uint8 BGR each.
            faces: The faces of each.
            tracking: Whether they are the frames of one clip.
            smoothing: None for the parser's own, or "none".
        """
        how = self.temporal_smoothing if smoothing is None else self._smoothing(smoothing)
        smoothed = tracking and how.mode != "none"
        for image, prediction in self._votes(images, faces, tracking, how):
            scores = prediction.scores if smoothed else self._probabilities(prediction.scores)
            yield image, prediction._replace(scores=scores)

    def _votes(
        self,
        images: Iterable[np.ndarray],
        faces: Iterable[Sequence[Face]],
        tracking: bool,
        smoothing: TemporalSmoothing,
    ) -> Iterator[tuple[np.ndarray, Prediction]]:
        predicted: Iterator[Predicted]
        votes: Iterator[tuple[np.ndarray, Prediction]]
        if self.recipe.mask_propagation != "none" and tracking:
            # Imported here: a variant, which is off by default.
            from face_parsing.variants.mask_propagation.following import follow

            predicted = follow([*self.segmenters.values()], images, faces)
        else:
            pairs = batches(zip(images, faces, strict=True), self.recipe.input.batch_size, image=itemgetter(0))
            predicted = chain.from_iterable(in_threads(self._predict_batch, pairs))
        if smoothing.mode == "none" or not tracking:
            votes = ((image, self._voted(members)) for image, members in predicted)
        else:
            votes = smooth_votes(predicted, smoothing, self.recipe.crop.pad_value)
        yield from in_threads(self._refine, votes)

    def _voted(self, members: list[Prediction]) -> Prediction:
        # One model's prediction is the vote as it is, and keeps its scores.
        return members[0] if not self.recipe.delivers_vote else vote(members, self.vote)

    def _probabilities(self, scores: ScoredFaces) -> ScoredFaces:
        """Scores as probabilities from 0 to 1: they may be steps of 1 / 255, or logits."""
        if self.use.probabilities:
            return [(place, steps / np.float32(255)) for place, steps in scores]
        if self.use.test.flip or len(self.use.test.scales) > 1:
            return scores
        return [(place, softmax(logits, axis=0)) for place, logits in scores]

    def _faces(self, images: Iterable[np.ndarray], find: FindCandidates) -> list[list[Face]]:
        found = find_faces(images, find, self.recipe.detection.secondary_face_threshold)
        # As the face table holds them, so that a square lies where the pipeline's does.
        return [[face.rounded() for face in frame] for frame in found]

    def _faces_of_one(self, image: np.ndarray) -> list[Face]:
        (candidates,) = (self.finder or find_nothing)([image])
        threshold = self.recipe.detection.secondary_face_threshold
        faces = [face.rounded() for face in clip_faces([candidates], [image.shape[:2]], threshold)[0]]
        return self.second_look(image, faces, candidates) if self.finder else faces

    def _candidates(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        if self.finder is None:
            return find_nothing(images)
        together = batches(images, self.finder.batch_size, image=lambda image: image)
        return list(chain.from_iterable(in_threads(self.finder, together)))

    def _predict_batch(self, pairs: list[tuple[np.ndarray, Sequence[Face]]]) -> list[Predicted]:
        images, faces = [image for image, _ in pairs], [image_faces for _, image_faces in pairs]
        members = [segmenter(images, faces) for segmenter in self.segmenters.values()]
        return [(image, predictions) for image, *predictions in zip(images, *members, strict=True)]

    def _refine(self, frame_vote: tuple[np.ndarray, Prediction]) -> tuple[np.ndarray, Prediction]:
        image, prediction = frame_vote
        return image, prediction._replace(label_map=self.refiner(image, prediction.label_map)[0])


def _pixels(image: Any, color: Color | None) -> np.ndarray:
    """An image of any kind that FaceParser takes as (H, W, 3) uint8 BGR."""
    if isinstance(image, (str, Path)):
        return read_image(Path(image))
    if isinstance(image, Image.Image):
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return cv2.cvtColor(np.asarray(upright), cv2.COLOR_RGB2BGR)
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(f"image of shape {pixels.shape}, {pixels.dtype}; expected (H, W, 3), uint8")
    if color not in get_args(Color):
        raise ValueError(f"color {color!r}; expected the order of the array's colours, bgr or rgb")
    return pixels if color == "bgr" else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
