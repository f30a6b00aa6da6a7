"""Mask R-CNN as a segmentor, with scores of all classes for every pixel."""

from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine import Config
from mmengine.device import get_device
from mmengine.registry import MODELS
from mmengine.structures import PixelData
from torch import Tensor

from face_parsing.checkpoints.model_file import load_model
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.core.labels import LabelTable
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import TrainedNetwork

with stdout_suppressed():
    import mmdet.models
from mmdet.registry import MODELS as DETECTORS
from mmdet.structures import DetDataSample

INSIDE = 0.5  # a mask contains the pixels with a higher probability


@DETECTORS.register_module()
class PartsRCNN(mmdet.models.MaskRCNN):
    """Mask R-CNN (arXiv 1703.06870) for the label table's classes except the background: class i is id i + 1.

    Its losses are mmdet's. As mmseg's segmentors it returns logits as a tensor and ``pred_sem_seg`` as a
    prediction. So crops and the val split are scored as for the segmenters.
    """

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None) -> Tensor:
        """The logits (N, classes, H, W) of images (N, 3, H, W): the logarithms of :func:`pasted` scores."""
        shape = tuple(batch_inputs.shape[2:])
        whole = dict(img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0))
        samples = [DetDataSample(metainfo=whole) for _ in batch_inputs]
        # mmcv's RoIAlign reads every tensor as contiguous.
        images = batch_inputs.contiguous()
        instances = [sample.pred_instances for sample in super().predict(images, samples, rescale=False)]
        parts = self.roi_head.bbox_head.num_classes
        # Soft masks are integers up to 255.
        scores = [pasted(found.masks / 255, found.scores, found.labels, parts) for found in instances]
        return torch.stack(scores).log()

    def predict(self, batch_inputs: Tensor, batch_data_samples: list, rescale: bool = True) -> list:
        """Add ``pred_sem_seg`` to the samples, in their original size."""
        for sample, scores in zip(batch_data_samples, self._forward(batch_inputs).softmax(dim=1), strict=True):
            sized = F.interpolate(scores[None], sample.ori_shape, mode="bilinear", align_corners=False)
            sample.pred_sem_seg = PixelData(data=sized.argmax(dim=1))
        return batch_data_samples


def pasted(masks: Tensor, scores: Tensor, labels: Tensor, parts: int) -> Tensor:
    """Turn one image's instances into class scores; each pixel's class has the highest score.

    Only the instance with the highest score of each class counts. A pixel belongs to the part whose mask contains it,
    or to the background. Where masks overlap, the part with the highest score * probability / sqrt(mask area) wins.
    So small parts cover large ones, as eyes cover skin, unless their score is low. Of equal parts, the first of the
    label table wins.

    Args:
        masks: Probabilities, (n, H, W).
        scores: Scores of the instances, (n,).
        labels: Ids minus one, (n,) int64.
        parts: Number of classes except the background.

    Returns:
        (1 + parts, H, W). The background's score is INSIDE. The score of a part is its mask's probability, limited to
        INSIDE unless the pixel belongs to the part. So resized scores move boundaries as the masks' probabilities do.
    """
    probabilities = masks.new_zeros(parts, *masks.shape[1:])
    trust = scores.new_zeros(parts)
    for i in scores.argsort():  # ascending, so the highest score of a class remains
        probabilities[labels[i]], trust[labels[i]] = masks[i], scores[i]
    inside = probabilities > INSIDE
    sides = inside.sum(dim=(1, 2)).clamp(min=1).sqrt()
    claims = (trust / sides)[:, None, None] * probabilities * inside
    in_front = F.one_hot(claims.argmax(dim=0), parts).permute(2, 0, 1).bool()
    background = torch.full_like(probabilities[:1], INSIDE)
    return torch.cat([background, torch.where(in_front, probabilities, probabilities.clamp(max=INSIDE))])


def parts_config(path: Path, classes: int) -> Config:
    """Read the config at ``path`` and set its number of classes, which include the background."""
    config = Config.fromfile(path)
    for head in (config.model.roi_head.bbox_head, config.model.roi_head.mask_head):
        head.num_classes = classes - 1
    config.model.test_cfg.rcnn.mask_thr_binary = -1  # makes mmdet return soft masks
    return config


def load_parser(config: Path, weights: Path, labels: LabelTable, use: SegmenterUse) -> Segmenter:
    """Load the trained network as a segmentation model, on a GPU if there is one.

    FaceParser, and so `predict`, does not support it.

    Args:
        config: Config file.
        weights: Model file.
        labels: The classes that it was trained for.
        use: How it is used. The input should have the size of the training; other sizes find boxes less well.

    Raises:
        PipelineError: The model file is missing or invalid, or has other labels or another model.
    """
    network = MODELS.build(parts_config(config, len(labels)).model)
    load_model(weights, network, labels.names)
    return Segmenter(TrainedNetwork(network.to(get_device()).eval()), labels, use)
