"""Segmentation networks run by torch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.checkpoints.model_file import load_model
from face_parsing.core.labels import LabelTable
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.segmenter.architecture import Architecture


class TrainedNetwork:
    """A trained model of mmsegmentation as :class:`face_parsing.parsing.crop_scores.Network`.

    Args:
        model: A segmentor in evaluation mode. It may lack ``guidance_channels``, the number of a mask's channels.
    """

    def __init__(self, model: Any):
        self.model = model
        self.guided = bool(getattr(model, "guidance_channels", 0))
        self.gated = bool(getattr(model, "gated", False))

    @torch.inference_mode()
    def __call__(self, images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """The logits of images; see :class:`face_parsing.parsing.crop_scores.Network`."""
        inputs = [torch.from_numpy(image.transpose(2, 0, 1).copy()) for image in images]
        batch = self.model.data_preprocessor({"inputs": inputs})["inputs"]
        if masks is not None:
            batch = torch.cat([batch, torch.from_numpy(np.ascontiguousarray(masks)).to(batch.device)], dim=1)
        # Convolutions are faster with the channels last, on CPU and GPU.
        batch = batch.contiguous(memory_format=torch.channels_last)
        return self.model(batch, mode="tensor").float().cpu().numpy()


def load_segmenter(
    architecture: Architecture,
    weights: Path,
    labels: LabelTable,
    use: SegmenterUse,
    device: torch.device | None = None,
) -> Segmenter:
    """Build a network and load its weights.

    Args:
        architecture: The architecture that it was trained with.
        weights: Its model file.
        labels: The label table that it was trained with.
        use: How it is used.
        device: Where it runs; None for a GPU if there is one.

    Raises:
        PipelineError: The model file is missing or invalid, or has other labels or another architecture.
    """
    init_default_scope("mmseg")
    model: Any = MODELS.build(architecture.config(len(labels)).model)
    load_model(weights, model, labels.names)
    model = model.to(device or get_device(), memory_format=torch.channels_last).eval()
    return Segmenter(TrainedNetwork(model), labels, use, model.decode_head[-1].log_class_weight.tolist())
