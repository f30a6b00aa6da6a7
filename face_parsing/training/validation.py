"""Scores on the val split during a training, and the weights with the highest score."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from face_parsing.training.wrapping import unwrapped

SCORES = ("J", "mIoU", "coco/bbox_mAP")  # names of the val scores


class BestHook(Hook):
    """Keeps the weights with the highest score on the val split, also when the training resumes.

    Args:
        metric: The name of the score.
    """

    priority = "NORMAL"

    def __init__(self, metric: str):
        self.metric = metric
        self.score = float("-inf")
        self.weights: dict[str, torch.Tensor] | None = None

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep a copy of the weights on the CPU if the score is the highest so far."""
        score = (metrics or {})[self.metric]
        if score > self.score:
            self.score = score
            weights = unwrapped(runner.model).state_dict()
            self.weights = {name: value.detach().cpu().clone() for name, value in weights.items()}

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Add the best score and weights so far."""
        checkpoint.update(best=dict(score=self.score, weights=self.weights))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Restore the best score and weights so far."""
        self.score, self.weights = checkpoint["best"]["score"], checkpoint["best"]["weights"]
