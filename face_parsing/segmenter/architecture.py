"""The architecture of a segmentation model: a config file, completed by the parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE

# Imported for their registration in mmseg's registries.
import face_parsing.segmenter.backbone
import face_parsing.segmenter.heads
import face_parsing.segmenter.losses
import face_parsing.segmenter.metric
import face_parsing.segmenter.segmentor
import face_parsing.segmenter.transforms  # noqa: F401
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core import paths
from face_parsing.core.model_names import FUSION_OF, MODEL_NAMES
from face_parsing.core.parameters import StageParameters, at
from face_parsing.segmenter.parameters import BackboneName, CoarseHeadName, Layers, MaskPropagation

# The maintained fork of mmsegmentation has another distribution name; mmengine finds its configs by the module's name.
MODULE2PACKAGE["mmseg"] = "mmseg"

ALL_LAYERS = Layers(detail=True, dense_layers=True)

# The axes of a segmenter's tensors that are classes or start with them: those of the last layers, and the input axes of
# the dense layers and of the propagated mask.
CLASS_AXES = {
    r"conv_seg\.(weight|bias)$": (0,),
    r"dense_layers\.layers\.\d+\.conv\.weight$": (1,),
    r"dense_layers\.correction\.weight$": (0, 1),
    r"dense_layers\.correction\.bias$": (0,),
    r"\.guide\.weight$": (1,),
}
CLASS_WEIGHTS = "log_class_weight"  # the buffer with the class weights of a segmenter's own training data


def variant(module: str) -> Any:
    """Import a module of face_parsing.variants.

    It is imported only when the variant is on, so that no stage of the default pipeline depends on it. A stage that a
    variant can change depends on data/variants/<name>.sha256, which the stage check writes.
    """
    return import_module(f"face_parsing.variants.{module}")


@dataclass(frozen=True)
class Architecture:
    """A segmentation model before it has weights.

    Attributes:
        config_file: The mmengine config.
        model: One of MODEL_NAMES; they differ in how the edge feature is fused.
        layers: The optional layers of the config that the model has.
        backbone: The backbone's name.
        coarse_head: ``fcn`` for the config's coarse head, or ``panoptic_fpn``.
        mask_propagation: How the network gets the previous frame's mask: none, feed, or gated.
    """

    config_file: Path
    model: str
    layers: Layers = ALL_LAYERS
    backbone: BackboneName = "se_hrnet"
    coarse_head: CoarseHeadName = "fcn"
    mask_propagation: MaskPropagation = "none"

    def config(self, num_classes: int) -> Config:
        """The config, with its model built for ``num_classes`` classes."""
        config = Config.fromfile(self.config_file)
        heads = config.model.decode_head
        if self.coarse_head == "panoptic_fpn":
            heads[0] = variant("panoptic_fpn.head").panoptic_fpn(heads[0])
        for head in heads:
            head.num_classes = num_classes
        heads[-1].fusion = FUSION_OF[self.model]
        for layer, kept in self.layers:
            if not kept:
                heads[-1][layer] = None
        if self.mask_propagation != "none":
            variant("mask_propagation.network")  # registers GuidedEANet
            config.model.update(type="GuidedEANet", gated=self.mask_propagation == "gated")
        return config

    def config_files(self) -> list[Path]:
        """The config file and the base configs that it may inherit from."""
        return paths.config_files(self.config_file)

    def resolved(self) -> "Architecture":
        """The same architecture with an absolute path."""
        return replace(self, config_file=self.config_file.resolve())

    def pretrained(self, sources: Sequence[str], labels: Sequence[str]) -> Pretrained:
        """The initial weights of a model for the classes ``labels``; later checkpoints override earlier ones."""
        convert = variant("swin.checkpoints").convert if self.backbone == "swin" else dict
        return Pretrained(tuple(sources), tuple(labels), CLASS_AXES, (CLASS_WEIGHTS,), convert)


class BackboneParameters(StageParameters):
    """The parameters that make the architecture of the backbone with the coarse head, which all models share."""

    profile: str = at("profile")
    backbone_name: BackboneName = at("seg.backbone")
    coarse_head: CoarseHeadName = at("seg.coarse_head")

    def architecture(self, model: str = MODEL_NAMES[0]) -> Architecture:
        """The architecture of a model, one of MODEL_NAMES, with all layers of its config."""
        config_file = paths.segmenter_config(self.backbone_name, self.profile)
        return Architecture(config_file, model, backbone=self.backbone_name, coarse_head=self.coarse_head)


class ArchitectureParameters(BackboneParameters):
    """The parameters that make an :class:`Architecture`."""

    layers: Layers = at("seg.layers")
    mask_propagation: MaskPropagation = at("seg.mask_propagation")

    def architecture(self, model: str = MODEL_NAMES[0]) -> Architecture:
        """The architecture of a model, one of MODEL_NAMES."""
        return replace(super().architecture(model), layers=self.layers, mask_propagation=self.mask_propagation)
