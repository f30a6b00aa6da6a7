"""The losses of the logits: cross entropy with class weights, and Lovasz-softmax on a grid of pixels."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class ClassWeightedCrossEntropy(nn.Module):
    """Cross entropy, whose mean weighs each pixel by its class.

    It is mmseg's CrossEntropyLoss with class weights, which on a GPU waits to know how many pixels are not ignored.

    Args:
        class_weight: One weight per class; None for equal weights.
        loss_weight: Factor of the loss.
    """

    loss_name = "loss_ce"
    class_weight: Tensor | None

    def __init__(self, class_weight: Sequence[float] | None = None, loss_weight: float = 1.0):
        super().__init__()
        weights = None if class_weight is None else torch.tensor(class_weight)
        self.register_buffer("class_weight", weights, persistent=False)
        self.loss_weight = loss_weight

    def forward(self, cls_score: Tensor, label: Tensor, weight: None = None, ignore_index: int = 255) -> Tensor:
        """The scalar loss of logits (N, classes, ...) and class ids (N, ...); 0 if all pixels are ignored.

        mmseg's heads pass no ``weight``.
        """
        loss = F.cross_entropy(cls_score, label, self.class_weight, ignore_index=ignore_index, reduction="sum")
        valid = label != ignore_index
        weights = valid if self.class_weight is None else self.class_weight[label.where(valid, 0)] * valid
        return self.loss_weight * loss / weights.sum().clamp(min=torch.finfo(loss.dtype).tiny)


@MODELS.register_module()
class GridLovaszLoss(nn.Module):
    """Lovasz-softmax (arXiv 1705.08790) of the classes present, on every n-th pixel of every n-th row.

    The loss sorts all pixels once per class, which at full resolution costs as much as the network. Neighbouring pixels
    hardly differ. It is mmseg's LovaszLoss, which loops over the classes and on a GPU waits for each of them.

    Args:
        stride: The n, in pixels.
        loss_weight: Factor of the loss.
    """

    loss_name = "loss_lovasz"

    def __init__(self, stride: int = 1, loss_weight: float = 1.0):
        super().__init__()
        self.stride, self.loss_weight = stride, loss_weight

    def forward(self, cls_score: Tensor, label: Tensor, weight: None = None, ignore_index: int = 255) -> Tensor:
        """The scalar loss of logits (N, classes, H, W) and label maps (N, H, W); 0 if all pixels are ignored.

        mmseg's heads pass no ``weight``.
        """
        grid = slice(self.stride // 2, None, self.stride)
        logits, labels = cls_score[:, :, grid, grid].float(), label[:, grid, grid].flatten()
        probabilities = logits.softmax(dim=1).movedim(1, 0).flatten(1)
        # An ignored pixel has no error, so that it comes last and adds nothing.
        valid = labels != ignore_index
        classes = torch.arange(len(probabilities), device=labels.device)
        truth = ((labels == classes[:, None]) & valid).to(probabilities.dtype)
        errors, order = ((truth - probabilities).abs() * valid).sort(dim=1, descending=True)
        truth = truth.gather(1, order)
        pixels = truth.sum(dim=1, keepdim=True)
        missed, added = pixels - truth.cumsum(1), (1 - truth).cumsum(1)
        jaccard_losses = 1 - missed / (pixels + added)
        gradients = torch.diff(jaccard_losses, dim=1, prepend=jaccard_losses.new_zeros(len(truth), 1))
        present = pixels[:, 0] > 0
        losses = (errors * gradients).sum(dim=1) * present
        return self.loss_weight * losses.sum() / present.sum().clamp(min=1)
