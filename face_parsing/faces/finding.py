"""Face candidates from a trained detector, and the faces of a clip made of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from functools import lru_cache, partial
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine import Config
from mmengine.dataset import pseudo_collate

from face_parsing.detector.building import CLASSES, build_detector, detector_config
from face_parsing.faces.parameters import Detection
from face_parsing.faces.tracks import clip_faces
from face_parsing.pipeline.clips import Frame, frames_of
from face_parsing.pipeline.entry import working_on
from face_parsing.pipeline.face_table import Face, FaceRow, rows_of
from face_parsing.pipeline.model_file import Stamp, load_model, stamp
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import is_odd, read_image

# Most of a detector's operators run on one thread on a CPU; on a busy machine a second one only gets in the way.
CPU_THREADS = 1
# Pixels of each side that the network sees: its coarsest level has a 32nd of them, and there a kernel's three must be.
LEAST = 3 * 32
NOTHING = np.zeros((0, 5))


FindCandidates = Callable[[Iterable[np.ndarray]], list[np.ndarray]]


def faces_of_clips(
    folder: Path, clips: Sequence[str], config: Path, model: Path, detection: Detection, batch_size: int
) -> list[FaceRow]:
    """The rows of the face table for clips of a folder, in their order; the others are those of faces_of_clip."""
    asked = detection.finder == "detector"
    load = partial(shared_finder, config.resolve(), model.resolve(), stamp(config, model) if asked else (), detection)
    work = partial(faces_of_clip, folder, partial(load, batch_size), detection)
    # On the CPU NMS and RoIAlign run on one thread, so that a process a core is faster; a GPU is fed by one.
    return [row for of_clip in each(work, clips, "detecting", torch.cuda.is_available()) for row in of_clip]


def faces_of_clip(clips: Path, load: Callable[[], "CandidateFinder"], detection: Detection, clip: str) -> list[FaceRow]:
    """The rows of the face table for a clip.

    Args:
        clips: a folder in the clip layout.
        load: gives the detector.
        detection: whether it is asked at all, and which of its candidates are faces.
        clip: the clip's name.
    """
    find = load() if detection.finder == "detector" else find_nothing
    return face_rows(frames_of(clips, clip), find, detection.further_score)


def face_rows(frames: list[Frame], find: FindCandidates, further_score: float) -> list[FaceRow]:
    """The rows of the face table for one clip's frames; ``find`` answers images with candidates."""
    images = _Images(frames)
    with working_on(images):
        found = find_faces(images, find, further_score)
    return [row for frame, faces in zip(frames, found, strict=True) for row in rows_of(frame.clip, frame.name, faces)]


class _Images:
    """The images of some frames, read one at a time; as text, where the reading is."""

    def __init__(self, frames: list[Frame]):
        self.frames = frames
        self.last = frames[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for frame in self.frames:
            self.last = frame
            yield read_image(frame.image)

    def __str__(self) -> str:
        return f"{self.last.image}, or a frame before it in the batch"


def find_faces(images: Iterable[np.ndarray], find: FindCandidates, further_score: float) -> list[list[Face]]:
    """The faces of every frame of a clip, in which one main face is followed; see :func:`clip_faces`.

    Args:
        images: the frames, (H, W, 3) uint8 BGR each; ``find`` takes them one after another.
        find: answers images with candidates, (n, 5) each.
        further_score: the least score of a face beside the main one.
    """
    sizes: list[tuple[int, int]] = []

    def measured() -> Iterator[np.ndarray]:
        for image in images:
            sizes.append(image.shape[:2])
            yield image

    candidates = find(measured())  # fills sizes
    return clip_faces(candidates, sizes, further_score)


def find_nothing(images: Iterable[np.ndarray]) -> list[np.ndarray]:
    """No candidate in any image, which makes it one whole face."""
    return [NOTHING for _ in images]


@lru_cache(maxsize=1)
def shared_finder(config: Path, model: Path, _stamp: Stamp, detection: Detection, batch_size: int) -> "CandidateFinder":
    """The same finder for equal arguments, the files' stamp among them, so that a process builds it once."""
    return CandidateFinder(detector_config(config, pretrained=False), model, detection, batch_size)


class CandidateFinder:
    """A trained detector that answers images with face candidates.

    Args:
        config: the detector's config, which names the test pipeline.
        model: the model file.
        detection: the least score of a candidate.
        batch_size: how many images go through the network at once.

    Raises:
        UserError: the model file is missing or does not fit the config.
    """

    def __init__(self, config: Config, model: Path, detection: Detection, batch_size: int):
        torch.set_num_threads(CPU_THREADS)
        config.model.test_cfg.rcnn.score_thr = detection.score_threshold
        self.model: Any = build_detector(config)
        load_model(model, self.model, CLASSES)
        self.model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        _load_file, *transforms, pack = config.test_dataloader.dataset.pipeline
        with redirect_stdout(StringIO()):  # mmdet prints what it could not import as it registers its transforms
            import mmdet.datasets  # noqa: F401
        pad = dict(type="mmdet.Pad", size=(LEAST, LEAST))
        self.pipeline = Compose([dict(type="mmdet.LoadImageFromNDArray"), *transforms, pad, pack])
        self.batch_size = batch_size

    @torch.inference_mode()
    def __call__(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Of each image, (H, W, 3) uint8 BGR, its candidates, (n, 5) float64: x1, y1, x2, y2 in its pixels, score.

        Takes a batch of images at a time, so that they need not all be in memory.
        """
        images = iter(images)
        found = []
        while batch := [self._input(image) for image in islice(images, self.batch_size)]:
            seen = [sample for sample in batch if sample is not None]
            samples = iter(self.model.test_step(pseudo_collate(seen)) if seen else [])
            found += [NOTHING if sample is None else _candidates(next(samples)) for sample in batch]
        return found

    def _input(self, image: np.ndarray) -> dict[str, Any] | None:
        # At the detector's size an odd picture would have a few rows or columns, or none.
        return None if is_odd(*image.shape[:2]) else self.pipeline(dict(img=image, img_id=0))


def _candidates(sample: Any) -> np.ndarray:
    faces = sample.pred_instances
    return torch.column_stack([faces.bboxes, faces.scores]).double().cpu().numpy()
