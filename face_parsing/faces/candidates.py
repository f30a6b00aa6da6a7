"""Face candidates by a trained detector in mmdetection."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine import Config
from mmengine.dataset import pseudo_collate

from face_parsing.checkpoints.model_file import load_model
from face_parsing.clips.face_table import FaceRow
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.digests import Stamp, stamp
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.detector.config import CLASSES, build_detector, detector_config
from face_parsing.faces.finding import NOTHING, faces_of_clip
from face_parsing.faces.parameters import LEAST, Detection
from face_parsing.imaging.pictures import is_odd

# Most of a detector's CPU operators use one thread. On a busy machine a second thread only slows the work.
CPU_THREADS = 1


def faces_of_clips(
    folder: Path, clips: Sequence[str], config: Path, model: Path, detection: Detection, batch_size: int
) -> list[FaceRow]:
    """Return the face table's rows for some clips of a folder, in the clips' order; see :func:`faces_of_clip`."""
    uses_detector = detection.finder == "detector"
    load = partial(
        shared_finder, config.resolve(), model.resolve(), stamp(config, model) if uses_detector else (), detection
    )
    work = partial(faces_of_clip, folder, partial(load, batch_size), detection)
    # On the CPU, NMS and RoIAlign use one thread, so one process per core is fastest. A GPU needs one process.
    return [row for rows in parallel_map(work, clips, "detecting", torch.cuda.is_available()) for row in rows]


@lru_cache(maxsize=1)
def shared_finder(config: Path, model: Path, _stamp: Stamp, detection: Detection, batch_size: int) -> "CandidateFinder":
    """Return a finder, built once per process for equal arguments, which include the files' stamp."""
    torch.set_num_threads(CPU_THREADS)
    return CandidateFinder(detector_config(config, pretrained=False), model, detection, batch_size)


class CandidateFinder:
    """A trained detector that returns the face candidates of images.

    Args:
        config: the detector's config, which includes the test pipeline.
        model: the model file.
        detection: the least score of a candidate.
        batch_size: the number of images in a batch.

    Raises:
        PipelineError: the model file is missing or does not fit the config.
    """

    def __init__(self, config: Config, model: Path, detection: Detection, batch_size: int):
        self.config = config
        config.model.test_cfg.rcnn.score_thr = detection.score_threshold
        self.model: Any = build_detector(config)
        load_model(model, self.model, CLASSES)
        self.model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        _load_file, *transforms, pack = config.test_dataloader.dataset.pipeline
        with stdout_suppressed():
            import mmdet.datasets  # noqa: F401
        pad = dict(type="mmdet.Pad", size=(LEAST, LEAST))
        self.pipeline = Compose([dict(type="mmdet.LoadImageFromNDArray"), *transforms, pad, pack])
        self.batch_size = batch_size

    @torch.inference_mode()
    def __call__(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Return the candidates of each image (H, W, 3) uint8 BGR: (n, 5) float64 of x1, y1, x2, y2 in pixels, score.

        Reads one batch of images at a time, so memory does not grow with their number.
        """
        images = iter(images)
        candidates: list[np.ndarray] = []
        while batch := [self._input(image) for image in islice(images, self.batch_size)]:
            samples = [sample for sample in batch if sample is not None]
            predictions = iter(self.model.test_step(pseudo_collate(samples)) if samples else [])
            candidates += [NOTHING if sample is None else _candidates(next(predictions)) for sample in batch]
        return candidates

    def _input(self, image: np.ndarray) -> dict[str, Any] | None:
        # Resized for the detector, an image of extreme aspect ratio would have few rows or columns, or none.
        return None if is_odd(*image.shape[:2]) else self.pipeline(dict(img=image, img_id=0))


def _candidates(prediction: Any) -> np.ndarray:
    faces = prediction.pred_instances
    return torch.column_stack([faces.bboxes, faces.scores]).double().cpu().numpy()
