"""The label of pixels without a trusted pseudo label.

Trainings ignore these pixels as they ignore padding. Color jitter skips padding but must not skip unsure pixels, which
would then stand out. So they have a label of their own.
"""

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

UNSURE = 254


@TRANSFORMS.register_module()
class IgnoreUnsure(BaseTransform):
    """Sets unsure pixels to the ignored label, after color jitter.

    Args:
        ignore_index: The label that the losses ignore.
    """

    def __init__(self, ignore_index: int = 255):
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Change ``gt_seg_map``, (H, W)."""
        results["gt_seg_map"][results["gt_seg_map"] == UNSURE] = self.ignore_index
        return results
