"""Face candidates from a trained detector."""

from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path

import mmdet.datasets  # noqa: F401  (registers the transforms)
import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine import Config
from mmengine.dataset import pseudo_collate

from stages.detection.building import LABELS, build_detector, detector_config
from stages.training.checkpoint import load_model

# Most of a detector's operators run on one thread on a CPU; on a busy machine a second one only gets in the way.
CPU_THREADS = 1


@cache
def shared_finder(config: Path, model: Path, batch_size: int, score_threshold: float) -> "CandidateFinder":
    """The same finder for equal arguments, so that a process builds it once for all of its clips."""
    return CandidateFinder(detector_config(config, pretrained=False), model, batch_size, score_threshold)


class CandidateFinder:
    """A trained detector that answers images with face candidates.

    Args:
        config: the detector's config, which names the test pipeline.
        model: the model file.
        batch_size: images that go through the network at once.
        score_threshold: candidates below it are left out.

    Raises:
        UserError: the model file is missing or does not fit the config.
    """

    def __init__(self, config: Config, model: Path, batch_size: int, score_threshold: float):
        torch.set_num_threads(CPU_THREADS)
        config.model.test_cfg.rcnn.score_thr = score_threshold
        self.model = build_detector(config)
        load_model(model, self.model, LABELS)
        self.model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        _load_file, *transforms = config.test_dataloader.dataset.pipeline
        self.pipeline = Compose([dict(type="mmdet.LoadImageFromNDArray"), *transforms])
        self.batch_size = batch_size

    @torch.inference_mode()
    def __call__(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Of each image, (H, W, 3) uint8 BGR, its candidates, (n, 5) float64: x1, y1, x2, y2 in its pixels, score.

        Takes a batch of images at a time, so that they need not all be in memory.
        """
        images = iter(images)
        found = []
        while batch := [self.pipeline(dict(img=image, img_id=0)) for image in islice(images, self.batch_size)]:
            for sample in self.model.test_step(pseudo_collate(batch)):
                faces = sample.pred_instances
                found.append(torch.column_stack([faces.bboxes, faces.scores]).double().cpu().numpy())
        return found
