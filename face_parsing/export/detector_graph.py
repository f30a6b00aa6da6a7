"""A whole Cascade R-CNN as one module for ONNX: from an image's bytes to scored boxes.

mmdet's own inference has loops over a varying number of boxes. Here every number of boxes is fixed: what is missing is
filled up with boxes of score -1, which the last step's user drops.
"""

import copy
import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from face_parsing.core.errors import PipelineError
from face_parsing.export.segmenter_graph import OPSET, Normalization
from face_parsing.runtime.onnx_networks import STRIDE

MISSING = -1.0  # the score of a box that fills a list up


class DetectorGraph(nn.Module):
    """mmdet's two-stage cascade for one image, without mmdet's data structures.

    Args:
        detector: A CascadeRCNN in evaluation mode, of one class.

    Raises:
        PipelineError: The detector has parts that this module does not know.
    """

    rpn: Any
    roi: Any

    def __init__(self, detector: Any):
        super().__init__()
        detector = copy.deepcopy(detector)
        preprocessor, self.rpn, self.roi = detector.data_preprocessor, detector.rpn_head, detector.roi_head
        self.normalization, self.features = Normalization(preprocessor), _Features(detector)
        self.rpn_test, self.test = detector.test_cfg.rpn, detector.test_cfg.rcnn
        _check(preprocessor.pad_size_divisor == STRIDE, f"inputs that are no multiples of {STRIDE}")
        _check(self.rpn.use_sigmoid_cls, "an RPN head with softmax")
        _check(all(head.reg_class_agnostic and head.num_classes == 1 for head in self.roi.bbox_head), "several classes")
        _check(not any(head.custom_cls_channels for head in self.roi.bbox_head), "a custom classification loss")
        _check(self.rpn_test.nms.type == "nms" and self.test.nms.type == "nms", "soft NMS")

    def forward(self, image: Tensor, size: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
        """Detect the faces of one image.

        Args:
            image: (H, W, 3) uint8 BGR. Both sides are multiples of the network's largest stride.
            size: (2,) float32, the height and width of the image without its padding.
            scale: (2,) float32, by which width and height were multiplied when the image was resized.

        Returns:
            Boxes (n, 4) float32 in pixels before the resizing, and their scores (n,), descending. Missing ones have a
            negative score.
        """
        features = self.features(self._normalized(image, size))
        boxes, scores = self._proposals(self.rpn(features), size)
        logits = []
        for stage, head in enumerate(self.roi.bbox_head):
            class_logits, deltas = head(self._aligned(stage, features, boxes))
            logits.append(class_logits)
            boxes = decoded(boxes, deltas, head.bbox_coder, size)
        faces = (sum(logits) / len(logits)).softmax(dim=1)[:, 0]
        scores = torch.where(scores > 0, faces, MISSING)
        boxes = boxes / scale.repeat(2)
        kept = suppressed(boxes, scores, self.test.nms.iou_threshold)
        return best(boxes, kept, self.test.max_per_img)

    def _normalized(self, image: Tensor, size: Tensor) -> Tensor:
        rows, columns = (torch.arange(image.shape[i], device=image.device) < size[i] for i in (0, 1))
        # mmdet pads after the normalization, with zeros.
        return (self.normalization(image) * (rows[:, None] & columns)[..., None]).permute(2, 0, 1)[None]

    def _proposals(self, levels_of_anchors: tuple, size: Tensor) -> tuple[Tensor, Tensor]:
        """The boxes (n, 4) and their scores (n,), best first, of the RPN's scores and deltas of each level."""
        scores, deltas = levels_of_anchors
        boxes, all_scores, levels = [], [], []
        count = self.rpn_test.nms_pre
        for level, (level_scores, level_deltas) in enumerate(zip(scores, deltas, strict=True)):
            anchors = self._anchors(level, *level_scores.shape[2:])
            flat_scores = F.pad(level_scores[0].permute(1, 2, 0).reshape(-1).sigmoid(), (0, count), value=MISSING)
            flat_deltas = level_deltas[0].permute(1, 2, 0).reshape(-1, 4)
            top, indices = flat_scores.topk(count)
            chosen = decoded(
                F.pad(anchors, (0, 0, 0, count))[indices],
                F.pad(flat_deltas, (0, 0, 0, count))[indices],
                self.rpn.bbox_coder,
                size,
            )
            boxes.append(chosen)
            all_scores.append(top)
            levels.append(torch.full((count,), float(level)))
        candidates, candidate_scores = torch.cat(boxes), torch.cat(all_scores)
        least = self.rpn_test.get("min_bbox_size", -1)
        if least >= 0:
            sides = candidates[:, 2:] - candidates[:, :2]
            candidate_scores = torch.where((sides > least).all(dim=1), candidate_scores, MISSING)
        # Levels are suppressed by themselves: mmcv moves each of them to a place of its own.
        shifted = candidates + (torch.cat(levels) * (candidates.max() + 1))[:, None]
        kept = suppressed(shifted, candidate_scores, self.rpn_test.nms.iou_threshold)
        return best(candidates, kept, self.rpn_test.max_per_img)

    def _anchors(self, level: int, height: int, width: int) -> Tensor:
        """The anchors of a level, (height * width * anchors of a cell, 4)."""
        generator = self.rpn.prior_generator
        across, down = generator.strides[level]
        x, y = torch.arange(width) * across, torch.arange(height) * down
        rows, columns = y[:, None].expand(height, width), x[None].expand(height, width)
        shifts = torch.stack([columns, rows, columns, rows], dim=-1).reshape(-1, 1, 4).float()
        return (shifts + generator.base_anchors[level]).reshape(-1, 4)

    def _aligned(self, stage: int, features: tuple[Tensor, ...], boxes: Tensor) -> Tensor:
        """The features of boxes (n, 4), each from the pyramid's level of its size: (n, C, 7, 7)."""
        extractor = self.roi.bbox_roi_extractor[stage]
        layers = extractor.roi_layers
        sides = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()
        levels = (sides / extractor.finest_scale + 1e-6).log2().floor().clamp(0, len(layers) - 1)
        total = None
        for level, layer in enumerate(layers):
            here = levels == level
            # Elsewhere an empty box takes the place, which costs next to nothing.
            aligned = _roi_align(features[level], torch.where(here[:, None], boxes, 0.0), layer)
            aligned = torch.where(here[:, None, None, None], aligned, 0.0)
            total = aligned if total is None else total + aligned
        assert total is not None
        return total


class _Features(nn.Module):
    """Backbone and neck."""

    def __init__(self, detector: Any):
        super().__init__()
        self.backbone, self.neck = detector.backbone, detector.neck

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return self.neck(self.backbone(images))


def decoded(boxes: Tensor, deltas: Tensor, coder: Any, size: Tensor) -> Tensor:
    """mmdet's ``delta2bbox`` with the image's size as a tensor (height, width): boxes (n, 4), clipped to the image."""
    deltas = deltas * torch.tensor(coder.stds) + torch.tensor(coder.means)
    centers, sides = (boxes[:, :2] + boxes[:, 2:]) * 0.5, boxes[:, 2:] - boxes[:, :2]
    ratio = abs(math.log(16 / 1000))  # mmdet's largest change of a side
    centers = centers + sides * deltas[:, :2]
    half = sides * deltas[:, 2:].clamp(-ratio, ratio).exp() * 0.5
    edges = torch.cat([centers - half, centers + half], dim=1)
    return torch.minimum(edges.clamp(min=0), size.flip(0).repeat(2))


def suppressed(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """The scores (n,) of boxes (n, 4), MISSING for those that a better box suppresses. Outside an export nothing is."""
    count = len(scores)
    settings = [torch.tensor([count]), torch.tensor([float(iou_threshold)]), torch.tensor([0.0])]
    # The true number of rows varies, so nothing below may depend on it.
    selected = torch.onnx.ops.symbolic(
        "NonMaxSuppression",
        (boxes[None], scores[None, None], *settings),
        dtype=torch.int64,
        shape=(count, 3),
        version=OPSET,
    )
    indices = selected[:, 2]
    kept = torch.zeros(count).scatter(0, indices, (indices >= 0).float())
    return torch.where(kept > 0, scores, MISSING)


def best(boxes: Tensor, scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` boxes with the highest scores, and their scores, best first; filled up with empty boxes."""
    top, indices = F.pad(scores, (0, count), value=MISSING).topk(count)
    chosen = F.pad(boxes, (0, 0, 0, count))[indices]
    return torch.where(top[:, None] > 0, chosen, 0.0), top


def _roi_align(feature: Tensor, boxes: Tensor, layer: Any) -> Tensor:
    """mmcv's RoIAlign as ONNX's; outside an export the result is zeros."""
    _check(layer.pool_mode == "avg" and layer.aligned, "RoIAlign of another kind")
    height, width = layer.output_size
    return torch.onnx.ops.symbolic(
        "RoiAlign",
        (feature, boxes, torch.zeros(len(boxes), dtype=torch.int64)),
        {
            "mode": "avg",
            "coordinate_transformation_mode": "half_pixel",
            "output_height": height,
            "output_width": width,
            "sampling_ratio": layer.sampling_ratio,
            "spatial_scale": float(layer.spatial_scale),
        },
        dtype=feature.dtype,
        shape=(len(boxes), feature.shape[1], height, width),
        version=OPSET,
    )


def _check(known: bool, part: str) -> None:
    if not known:
        raise PipelineError(f"the detector has {part}, which ONNX export does not support; expected Cascade R-CNN's")
