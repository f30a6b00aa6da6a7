"""The models of a project where the pipeline ran, run by torch."""

from pathlib import Path
from typing import Literal

import torch

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.detector.config import detector_config
from face_parsing.faces.candidates import CandidateFinder
from face_parsing.faces.parameters import Detection
from face_parsing.parameters import Tree
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import load_segmenter
from face_parsing.runtime.project import existing, weights_of
from face_parsing.runtime.recipe import Recipe
from face_parsing.segmenter.architecture import Architecture


class TrainedModels:
    """The models of a project.

    Args:
        project: The folder.
        parameters: Its params.yaml.
        recipe: How its models are used.
        device: torch's name of the device; None for the GPU if there is one.

    Raises:
        PipelineError: There is no such device.
    """

    runtime: Literal["torch"] = "torch"

    def __init__(self, project: Path, parameters: Tree, recipe: Recipe, device: str | None):
        self.project, self.parameters, self.recipe = project, parameters, recipe
        self.weights = weights_of(project, parameters)
        self.settings: list[Path] = []
        self.detector_file = self.weights["detector"]
        self.device = torch_device(device)

    def finder(self, detection: Detection) -> CandidateFinder:
        """The detector.

        Raises:
            PipelineError: It is not trained yet, or with other parameters than params.yaml has.
        """
        weights = existing(self.detector_file)
        config = detector_config(self.project / paths.detector_config(self.parameters.profile), pretrained=False)
        finder = CandidateFinder(config, weights, detection, self.parameters.chosen.test.detect.batch_size)
        finder.model.to(self.device)
        return finder

    def segmenters(self, use: SegmenterUse) -> dict[Path, Segmenter]:
        """The segmentation models of the result by their files.

        Raises:
            PipelineError: One is not trained yet, or with other parameters than params.yaml has.
        """
        seg = self.parameters.seg
        config_file = self.project / paths.segmenter_config(seg.backbone, self.parameters.profile)
        segmenters = {}
        for name in self.recipe.members:
            weights = existing(self.weights[name])
            architecture = Architecture(
                config_file, name, seg.layers, seg.backbone, seg.coarse_head, seg.mask_propagation
            )
            segmenters[weights] = load_segmenter(architecture, weights, self.recipe.label_table, use, self.device)
        return segmenters


def torch_device(name: str | None) -> torch.device:
    """torch's device of a name; None for the GPU if there is one.

    Raises:
        PipelineError: There is no such device.
    """
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise PipelineError(f"--device {name}: no such device; expected cpu, cuda or cuda:<number>") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise PipelineError(
            f"--device {name}: this machine has {torch.cuda.device_count()} GPUs; expected cpu or one of them"
        )
    if device.type not in ("cpu", "cuda"):
        raise PipelineError(f"--device {name}: not supported; expected cpu, cuda or cuda:<number>")
    return device
