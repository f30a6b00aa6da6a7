"""Mask R-CNN that answers as a segmentor does: with scores of all classes for every pixel."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine import Config
from mmengine.device import get_device
from mmengine.registry import MODELS
from mmengine.structures import PixelData
from torch import Tensor, nn

from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.model_file import load_model

with redirect_stdout(StringIO()):  # mmdet prints what it could not import
    import mmdet.models
from mmdet.registry import MODELS as DETECTORS
from mmdet.structures import DetDataSample

INSIDE = 0.5  # the probability above which a mask holds a pixel


@DETECTORS.register_module()
class PartsRCNN(mmdet.models.MaskRCNN):
    """Mask R-CNN (arXiv 1703.06870) whose classes are the label table's but for the background: class i is id i + 1.

    Its losses are mmdet's. Asked for a tensor it gives logits, and asked for a prediction ``pred_sem_seg``, as a
    segmentor of mmseg does: so crops are scored, and the val split is, as they are for the segmenters.
    """

    guidance_channels = 0  # beside the image's three, which crop_scores asks for

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None) -> Tensor:
        """The logits (N, classes, H, W) of images (N, 3, H, W): logarithms of what :func:`pasted` makes of them."""
        shape = tuple(batch_inputs.shape[2:])
        whole = dict(img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0))
        samples = [DetDataSample(metainfo=whole) for _ in batch_inputs]
        # mmcv's RoIAlign reads torch's own layout, whichever it is given.
        images = batch_inputs.contiguous()
        found = [sample.pred_instances for sample in super().predict(images, samples, rescale=False)]
        parts = self.roi_head.bbox_head.num_classes
        # Soft masks come as whole numbers up to 255.
        return torch.stack([pasted(each.masks / 255, each.scores, each.labels, parts) for each in found]).log()

    def predict(self, batch_inputs: Tensor, batch_data_samples: list, rescale: bool = True) -> list:
        """The samples with ``pred_sem_seg``, of their own size before any resizing."""
        for sample, scores in zip(batch_data_samples, self._forward(batch_inputs).softmax(dim=1), strict=True):
            sized = F.interpolate(scores[None], sample.ori_shape, mode="bilinear", align_corners=False)
            sample.pred_sem_seg = PixelData(data=sized.argmax(dim=1))
        return batch_data_samples


def pasted(masks: Tensor, scores: Tensor, labels: Tensor, parts: int) -> Tensor:
    """One image's instances as scores of classes, the highest of which is each pixel's class.

    A class has one instance, the one with the highest score. A pixel is of the part whose mask holds it, and background
    where none does. Where masks overlap, the part with the highest score * probability / root of its mask's area is in
    front: small parts lie on large ones, as eyes on skin, unless they are unsure. Of equal parts it is the first of
    the label table.

    Args:
        masks: (n, H, W) probabilities.
        scores: (n,) of the instances.
        labels: (n,) int64, ids less one.
        parts: the number of classes but for the background.

    Returns:
        (1 + parts, H, W): the background has the probability above which a mask holds a pixel, the part that a pixel
        is of has its mask's, and other parts theirs too, but never more than the background. So scores that are resized
        between pixels move boundaries as the masks' own probabilities do.
    """
    probabilities = masks.new_zeros(parts, *masks.shape[1:])
    trust = scores.new_zeros(parts)
    for i in scores.argsort():  # the highest of a class comes last, and stays
        probabilities[labels[i]], trust[labels[i]] = masks[i], scores[i]
    held = probabilities > INSIDE
    sides = held.sum(dim=(1, 2)).clamp(min=1).sqrt()
    claims = (trust / sides)[:, None, None] * probabilities * held
    in_front = F.one_hot(claims.argmax(dim=0), parts).permute(2, 0, 1).bool()
    background = torch.full_like(probabilities[:1], INSIDE)
    return torch.cat([background, torch.where(in_front, probabilities, probabilities.clamp(max=INSIDE))])


def parts_config(path: Path, classes: int) -> Config:
    """The config at ``path`` with its model made for a number of classes, of which the background is one."""
    config = Config.fromfile(path)
    for head in (config.model.roi_head.bbox_head, config.model.roi_head.mask_head):
        head.num_classes = classes - 1
    config.model.test_cfg.rcnn.mask_thr_binary = -1  # by which mmdet leaves masks soft
    return config


def load_network(config: Path, weights: Path, labels: LabelTable) -> nn.Module:
    """The trained network in evaluation mode, on a GPU if there is one.

    Args:
        config: its config file.
        weights: its model file.
        labels: the classes that it was trained for.

    Raises:
        UserError: the model file is missing, no model file, or trained for other labels or another model.
    """
    network = MODELS.build(parts_config(config, len(labels)).model)
    load_model(weights, network, labels.names)
    return network.to(get_device()).eval()
