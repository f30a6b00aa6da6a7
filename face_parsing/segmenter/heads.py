"""The decode heads: the coarse head, and EANet's, which is OCRNet's with an edge branch beside it."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads import FCNHead, OCRHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn

from face_parsing.segmenter.dense import DenseLayers
from face_parsing.segmenter.edge import EdgeHead, boundary_map


def _stacked(data_samples: list) -> Tensor:
    """The label maps of a batch, (N, H, W) int64."""
    return torch.cat([sample.gt_sem_seg.data for sample in data_samples])


def _terms(losses: nn.Module, logits: Tensor, label_map: Tensor, ignore_index: int) -> dict[str, Tensor]:
    """Each loss of a head under its own name, in float32 whatever the logits come in."""
    each: Iterable[Any] = losses if isinstance(losses, nn.ModuleList) else [losses]
    return {loss.loss_name: loss(logits.float(), label_map, ignore_index=ignore_index) for loss in each}


@MODELS.register_module()
class CoarseHead(FCNHead):
    """mmseg's FCN head with its loss at its own resolution: a quarter of the side, a sixteenth of the work."""

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of logits (N, classes, h, w) against label maps of any size, sampled at the logits' pixels."""
        label_map = F.interpolate(_stacked(batch_data_samples)[:, None].float(), seg_logits.shape[2:])[:, 0].long()
        return _terms(self.loss_decode, seg_logits, label_map, self.ignore_index)


@MODELS.register_module()
class EANetHead(OCRHead):
    """The head of OCRNet and of EANet (arXiv 2106.07409), which differ in ``fusion``.

    With ``none`` this is OCRHead. With ``add`` or ``cat`` an EdgeHead runs beside it; its edge feature is added to, or
    concatenated with, the object-contextual feature; a decoder segments from the fused feature; and its logits,
    upsampled to the input's size, are refined there by densely connected layers.

    The inputs are the backbone's features followed by the normalised image.

    Args:
        fusion: none, add or cat.
        dense_layers: Arguments of DenseLayers; None for none.
        loss_edge: The loss of the boundary logits.
        loss_attention: The loss on boundary pixels only ("edge attention").
        edge_width: Width of the boundary targets in pixels, see boundary_map; for training only.
        kwargs: mmseg's OCRHead arguments.
    """

    def __init__(
        self,
        *,
        in_channels: list[int],
        fusion: str,
        dense_layers: dict | None,
        loss_edge: dict,
        loss_attention: dict,
        edge_width: int = 2,
        **kwargs,
    ):
        super().__init__(in_channels=in_channels, **kwargs)
        if fusion not in ("none", "add", "cat"):
            raise ValueError(f"fusion is {fusion!r}; expected none, add or cat")
        self.fusion = fusion
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
            self.dense_layers = DenseLayers(self.num_classes, norm_cfg=self.norm_cfg, **dense_layers)
        self.loss_edge = MODELS.build(loss_edge)
        self.loss_attention = MODELS.build(loss_attention)

    def forward(self, inputs: list[Tensor], prev_output: Tensor) -> Tensor:
        """Logits (N, classes, H, W): at the features' size for ``none``, else at the image's."""
        return self._segment(inputs, prev_output)[0]

    def _segment(self, inputs: list[Tensor], prev_output: Tensor) -> tuple[Tensor, Tensor | None]:
        """The logits, and the boundary logits (N, 1, h, w) where there is an edge branch."""
        *features, image = inputs
        if self.fusion == "none":
            return super().forward(features, prev_output), None
        x = self.bottleneck(self._transform_inputs(features))
        x = self.object_context_block(x, self.spatial_gather_module(x, prev_output))
        edge, boundary_logits = self.edge_head(features)
        x = x + edge if self.fusion == "add" else torch.cat([x, edge], dim=1)
        logits = self._resized(self.cls_seg(self.decoder(x)), image.shape[2:])
        if self.dense_layers is not None:
            logits = self.dense_layers(logits, image)
        return logits, boundary_logits

    def _resized(self, x: Tensor, size: Sequence[int]) -> Tensor:
        return resize(x, size, mode="bilinear", align_corners=self.align_corners)

    def loss(self, inputs: list[Tensor], prev_output: Tensor, batch_data_samples: list, train_cfg: dict) -> dict:
        """The terms of L_seg, and with an edge branch L_edge and L_attention, each under its own name."""
        logits, boundary_logits = self._segment(inputs, prev_output)
        label_map = _stacked(batch_data_samples)
        logits = self._resized(logits, label_map.shape[1:])
        losses = _terms(self.loss_decode, logits, label_map, self.ignore_index)
        if boundary_logits is None:
            return losses
        boundary = boundary_map(label_map, self.edge_width, self.ignore_index)
        losses["loss_edge"] = self.loss_edge(self._resized(boundary_logits.float(), boundary.shape[1:]), boundary)
        at_boundary = label_map.masked_fill(boundary != 1, self.ignore_index)
        losses["loss_attention"] = self.loss_attention(logits.float(), at_boundary, ignore_index=self.ignore_index)
        return losses
