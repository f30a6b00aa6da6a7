"""Turns label maps into instances."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData
from mmseg.registry import TRANSFORMS

from face_parsing.core.labels import IGNORE_INDEX


def instances_of(label_map: np.ndarray) -> InstanceData:
    """The parts in a label map (H, W) uint8 as mmdet's instances; a map of background has none.

    The whole mask of a class is one instance, even in several pieces. Ignored pixels belong to no instance.

    Returns:
        n instances sorted by id: ``labels`` (n,) int64, the id minus one; ``masks`` (n, H, W);
        ``bboxes`` (n, 4) float32, x1, y1, x2, y2 in pixels, the far edges exclusive.
    """
    ids = [i for i in np.unique(label_map) if i not in (0, IGNORE_INDEX)]
    masks = BitmapMasks([(label_map == i).astype(np.uint8) for i in ids], *label_map.shape)
    labels = torch.tensor(ids, dtype=torch.int64) - 1
    return InstanceData(bboxes=masks.get_bboxes(HorizontalBoxes).tensor, labels=labels, masks=masks)


@TRANSFORMS.register_module()
class PartInstances(BaseTransform):
    """Adds instances to a packed sample; the last transform, after those of the segmenters."""

    def transform(self, results: dict) -> dict:
        """Add ``gt_instances`` to the sample."""
        sample = results["data_samples"]
        sample.gt_instances = instances_of(sample.gt_sem_seg.data[0].numpy())
        return results
