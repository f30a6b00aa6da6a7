"""The label of pixels that the models are not sure of.

Trainings ignore it as they ignore padding, but padding keeps its colours when those of a picture are jittered: unsure
pixels that did too would stand out.
"""

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

UNSURE = 254


@TRANSFORMS.register_module()
class IgnoreUnsure(BaseTransform):
    """Ignores unsure pixels, once the colours are jittered.

    Args:
        ignore_index: The label that the losses ignore.
    """

    def __init__(self, ignore_index: int = 255):
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Changes ``gt_seg_map`` (H, W)."""
        results["gt_seg_map"][results["gt_seg_map"] == UNSURE] = self.ignore_index
        return results
