"""The decode heads: the coarse head, and EANet's, which is OCRNet's with an edge branch."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads import FCNHead, OCRHead
from mmseg.registry import MODELS
from torch import Tensor, nn

from face_parsing.segmenter.decoding import DenseLayers, DetailDecoder, resized
from face_parsing.segmenter.edge import EdgeHead, boundary_map


def _stacked(data_samples: list) -> Tensor:
    """The label maps of a batch, (N, H, W) int64."""
    return torch.cat([sample.gt_sem_seg.data for sample in data_samples])


def _terms(losses: nn.Module, logits: Tensor, label_map: Tensor, ignore_index: int) -> dict[str, Tensor]:
    """The losses of a head by their names, of float32 logits."""
    terms: Iterable[Any] = losses if isinstance(losses, nn.ModuleList) else [losses]
    return {loss.loss_name: loss(logits, label_map, ignore_index=ignore_index) for loss in terms}


def sampled(label_map: Tensor, size: Sequence[int]) -> Tensor:
    """Sample a label map at the centers of a coarser grid's cells.

    A center between two pixels takes one of them at random, the nearer one more often. The expected position of an edge
    stays the same, whereas the nearest pixel always lies on the same side.

    Args:
        label_map: (N, H, W) integer class ids.
        size: h, w of the grid.

    Returns:
        (N, h, w) class ids of the label map's dtype.
    """
    rows, columns = (
        _drawn(length, cells, label_map.device) for length, cells in zip(label_map.shape[1:], size, strict=True)
    )
    return label_map[:, rows[:, None], columns]


def _drawn(length: int, cells: int, device: torch.device) -> Tensor:
    """Draw a pixel for each cell of a row of pixels; all cells share one draw, so that they keep their distances."""
    centers = (torch.arange(cells, device=device) + 0.5) * (length / cells) - 0.5
    # Drawn on the CPU: a number needs no copy to a GPU, which would wait for it.
    return (centers + torch.rand(1).item()).floor().long().clamp(0, length - 1)


class ConcatenatedFeatures:
    """Mixin of heads: mmseg's ``resize_concat`` of the features, without resizing those of the highest resolution."""

    in_index: Sequence[int]
    align_corners: bool

    def _transform_inputs(self, inputs: list[Tensor]) -> Tensor:
        features = [inputs[i] for i in self.in_index]
        return torch.cat([resized(x, features[0].shape[2:], self.align_corners) for x in features], dim=1)


class LossAtOwnResolution:
    """Mixin of coarse heads: the loss at the logits' own resolution, a sixteenth of the full one's work."""

    loss_decode: nn.Module
    ignore_index: int

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of logits (N, classes, h, w) against label maps of any size, :func:`sampled` to (h, w)."""
        label_map = sampled(_stacked(batch_data_samples), seg_logits.shape[2:])
        return _terms(self.loss_decode, seg_logits.float(), label_map, self.ignore_index)


@MODELS.register_module()
class CoarseHead(ConcatenatedFeatures, LossAtOwnResolution, FCNHead):
    """mmseg's FCN head with its loss at its own resolution."""


@MODELS.register_module()
class EANetHead(ConcatenatedFeatures, OCRHead):
    """The head of OCRNet and of EANet (arXiv 2106.07409), which differ in ``fusion``.

    With ``none`` this is OCRHead. With ``add`` or ``cat`` an EdgeHead predicts an edge feature, which is added to, or
    concatenated with, the object-contextual feature. A decoder segments from the fused feature. Its logits are
    upsampled to the input's size, where densely connected layers refine them.

    With ``detail``, which the paper lacks, all three models segment at half the input's resolution. Dense layers and
    losses use that resolution too.

    The inputs are the backbone's features, followed by the normalized image.

    Args:
        fusion: none, add or cat.
        detail: Arguments of DetailDecoder; None to segment without it.
        dense_layers: Arguments of DenseLayers; None to segment without them.
        loss_edge: The loss of the boundary logits.
        loss_attention: The loss on boundary pixels only ("edge attention").
        edge_width: The ``width`` of :func:`boundary_map` as a share of the label map's side, at least a pixel. Used in
            training only.
        class_weight: The losses' class weights, stored as ``log_class_weight``; None for equal weights.
        kwargs: mmseg's OCRHead arguments.

    Raises:
        ValueError: ``fusion`` is none of the three.
    """

    def __init__(
        self,
        *,
        in_channels: list[int],
        fusion: str,
        detail: dict | None,
        dense_layers: dict | None,
        loss_edge: dict,
        loss_attention: dict,
        edge_width: float = 0.005,
        class_weight: Sequence[float] | None = None,
        **kwargs,
    ):
        super().__init__(in_channels=in_channels, **kwargs)
        # Stored with the weights: inference subtracts a share of it from the logits.
        weights = torch.ones(self.num_classes) if class_weight is None else torch.tensor(class_weight)
        self.register_buffer("log_class_weight", weights.log())
        if fusion not in ("none", "add", "cat"):
            raise ValueError(f"fusion is {fusion!r}; expected none, add or cat")
        self.fusion = fusion
        self.detail = DetailDecoder(self.channels, norm_cfg=self.norm_cfg, **detail) if detail is not None else None
        if fusion == "none":
            return
        self.edge_width = edge_width
        self.edge_head = EdgeHead(in_channels, self.channels, self.norm_cfg, self.align_corners)
        fused = self.channels * (2 if fusion == "cat" else 1)
        self.decoder = nn.Sequential(
            ConvModule(fused, self.channels, 3, padding=1, norm_cfg=self.norm_cfg),
            ConvModule(self.channels, self.channels, 1, norm_cfg=self.norm_cfg),
        )
        self.dense_layers = None
        if dense_layers is not None:
            stride = 1 if detail is None else 2
            self.dense_layers = DenseLayers(self.num_classes, norm_cfg=self.norm_cfg, stride=stride, **dense_layers)
        self.loss_edge = MODELS.build(loss_edge)
        self.loss_attention = MODELS.build(loss_attention)

    def forward(self, inputs: list[Tensor], prev_output: Tensor) -> Tensor:
        """Logits (N, classes, h, w).

        With ``detail`` they have half the image's side. Without it, ``none`` gives the features' size, and ``add`` and
        ``cat`` the image's.
        """
        return self._segment(inputs, prev_output)[0]

    def _segment(self, inputs: list[Tensor], prev_output: Tensor) -> tuple[Tensor, Tensor | None]:
        """The logits, and the boundary logits (N, 1, h, w) of the edge branch, None without it."""
        *features, image = inputs
        x = self.bottleneck(self._transform_inputs(features))
        x = self.object_context_block(x, self.spatial_gather_module(x, prev_output))
        boundary_logits = None
        if self.fusion != "none":
            edge, boundary_logits = self.edge_head(features)
            x = self.decoder(x + edge if self.fusion == "add" else torch.cat([x, edge], dim=1))
        if self.detail is not None:
            x = self.detail(x, image)
        logits = self.cls_seg(x)
        if self.fusion == "none":
            return logits, None
        if self.detail is None:
            logits = resized(logits, image.shape[2:], self.align_corners)
        if self.dense_layers is not None:
            logits = self.dense_layers(logits, image)
        return logits, boundary_logits

    def loss(self, inputs: list[Tensor], prev_output: Tensor, batch_data_samples: list, train_cfg: dict) -> dict:
        """The terms of L_seg by name; with an edge branch also L_edge and L_attention."""
        logits, boundary_logits = self._segment(inputs, prev_output)
        label_map = _stacked(batch_data_samples)
        if self.detail is None:
            logits = resized(logits, label_map.shape[1:], self.align_corners)
        logits = logits.float()
        if boundary_logits is None:
            return _terms(self.loss_decode, logits, sampled(label_map, logits.shape[2:]), self.ignore_index)
        width = max(round(self.edge_width * label_map.shape[2]), 1)
        boundary = boundary_map(label_map, width, self.ignore_index)
        # One draw for both, so that boundaries are sampled at the same pixels as the classes.
        label_map, boundary = sampled(torch.cat([label_map, boundary]), logits.shape[2:]).chunk(2)
        losses = _terms(self.loss_decode, logits, label_map, self.ignore_index)
        boundary_logits = resized(boundary_logits.float(), boundary.shape[1:], self.align_corners)
        losses["loss_edge"] = self.loss_edge(boundary_logits, boundary)
        # The same loss as with all other pixels ignored, but these few pixels cost little.
        at_boundary = boundary == 1
        pixels, labels = logits.movedim(1, -1)[at_boundary], label_map[at_boundary]
        losses["loss_attention"] = self.loss_attention(pixels, labels, ignore_index=self.ignore_index)
        return losses
