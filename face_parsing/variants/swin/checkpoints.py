"""Checkpoints of the Swin Transformer; Microsoft's are converted to mmseg's names."""

from collections.abc import Mapping
from typing import Any

OFFICIAL = "layers.0.blocks.0.attn.qkv.weight"  # a name that only Microsoft's checkpoints have


def convert(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Rename a Swin Transformer's weights to mmseg's names; Microsoft's patch merging weights are reordered."""
    if OFFICIAL not in weights:
        return dict(weights)
    # Imported here, since no other weights need mmdet. mmseg has its converter only in a script.
    from mmdet.models.backbones.swin import swin_converter

    return swin_converter(weights)
