"""The score of segmenters on the val split during training."""

import numpy as np
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS


@METRICS.register_module()
class CropMetric(IoUMetric):
    """J as the stage score computes it, but over crops instead of clips, and mmseg's mIoU.

    J is the mean over crops of the mean IoU of the classes in the crop's ground truth. Background and ignored pixels
    are not counted.
    """

    def compute_metrics(self, results: list) -> dict[str, float]:
        """``J`` and ``mIoU``, as fractions, from the areas that mmseg gathers for each crop."""
        crop_scores = []
        for intersection, union, _predicted, true in results:
            present = true[1:] > 0
            if present.any():
                crop_scores.append(float((intersection[1:][present] / union[1:][present]).mean()))
        return {
            "J": float(np.mean(crop_scores)) if crop_scores else float("nan"),
            "mIoU": float(super().compute_metrics(results)["mIoU"]) / 100,
        }
