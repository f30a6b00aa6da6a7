"""The val split scored during a training, and the state of the model that scored best."""

from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS

from face_parsing.training.wrapping import unwrapped

SCORES = ("J", "mIoU", "coco/bbox_mAP")  # of validations, as the metrics name them


@METRICS.register_module()
class CropMetric(IoUMetric):
    """J as the score has it, over crops in the place of clips, and mmseg's mIoU.

    J is the mean over crops of the mean IoU of the classes in the crop's truth, without the background; ignored pixels
    count for nothing.
    """

    def compute_metrics(self, results: list) -> dict[str, float]:
        """``J`` and ``mIoU``, fractions, of the areas that mmseg gathers of each crop."""
        of_crops = []
        for intersection, union, _predicted, true in results:
            there = true[1:] > 0
            if there.any():
                of_crops.append(float((intersection[1:][there] / union[1:][there]).mean()))
        return {
            "J": float(np.mean(of_crops)) if of_crops else float("nan"),
            "mIoU": float(super().compute_metrics(results)["mIoU"]) / 100,
        }


class BestHook(Hook):
    """Keeps the weights that scored highest on the val split, through interruptions too.

    Args:
        metric: The name of the score.
    """

    priority = "NORMAL"

    def __init__(self, metric: str):
        self.metric = metric
        self.score = float("-inf")
        self.weights: dict[str, torch.Tensor] | None = None

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep a copy, on the CPU, if the score is higher than any before."""
        score = (metrics or {})[self.metric]
        if score > self.score:
            self.score = score
            weights = unwrapped(runner.model).state_dict()
            self.weights = {name: value.detach().cpu().clone() for name, value in weights.items()}

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Add the best so far."""
        checkpoint.update(best=dict(score=self.score, weights=self.weights))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Take up the best so far."""
        self.score, self.weights = checkpoint["best"]["score"], checkpoint["best"]["weights"]
