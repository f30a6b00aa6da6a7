"""The weights that a training starts from: those of a checkpoint that fit, the others as they are."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.model_file import is_url, read_checkpoint

OF_THE_DATA = "log_class_weight"  # by this name a segmenter keeps its own data's class weights, which are no start

# A tensor that Microsoft's checkpoints of the Swin Transformer have, under its name there.
OFFICIAL_SWIN = "layers.0.blocks.0.attn.qkv.weight"

# The axes of a segmenter's tensors that are classes, or start with them: those of the last layers, and of the dense
# layers' inputs and the previous frame's mask.
CLASS_AXES = {
    r"conv_seg\.(weight|bias)$": (0,),
    r"dense_layers\.layers\.\d+\.conv\.weight$": (1,),
    r"dense_layers\.correction\.weight$": (0, 1),
    r"dense_layers\.correction\.bias$": (0,),
    r"\.guide\.weight$": (1,),
}


def weights_file(source: str | None) -> list[Path]:
    """The file that initial weights come from, if they come from one and not from a URL.

    Raises:
        UserError: the file is missing.
    """
    if source is None or is_url(source):
        return []
    if not Path(source).is_file():
        raise UserError(f"{source}: missing; expected a model's weights")
    return [Path(source)]


def load_pretrained(source: str, model: torch.nn.Module, labels: Sequence[str] = ()) -> str:
    """Load those weights of a checkpoint whose name and shape fit ``model``; the others keep their values.

    The checkpoint of a backbone alone, as those of ImageNet, fits the model's backbone. A model file of this pipeline
    says which classes it tells apart: with other ones in ``labels``, those that both know are found by their names, and
    the weights of the others keep their values. What a model knows of the data that it is trained on stays its own.

    Args:
        source: a file, an http(s) URL (kept in torch's hub cache), or a name that mmengine knows a URL of, as
            open-mmlab://msra/hrnetv2_w48; of a state dict, or of a dict that holds one at ``state_dict`` or ``model``.
            A Swin Transformer's may be Microsoft's, or converted by mmseg.
        model: the model itself, in no wrapper.
        labels: the names of the classes that it tells apart; none if nobody knows.

    Returns:
        What was loaded and what was not, for the log.

    Raises:
        UserError: the checkpoint can't be had or is none, or not one of its weights fits.
    """
    saved = read_checkpoint(source)
    held: Any = saved.get("state_dict", saved.get("model", saved)) if isinstance(saved, dict) else {}
    weights = _of_mmseg(held) if OFFICIAL_SWIN in held else held
    weights = {str(name): weight for name, weight in weights.items() if not str(name).endswith(OF_THE_DATA)}
    own = model.state_dict()
    theirs = labels_of(saved)
    names_differ = bool(labels and theirs and list(labels) != theirs)
    if names_differ:
        weights = {k: by_class(k, v, own[k], theirs, labels) if k in own else v for k, v in weights.items()}

    def fitting(prefix: str) -> dict[str, torch.Tensor]:
        named = {prefix + name: weight for name, weight in weights.items()}
        return {k: v for k, v in named.items() if k in own and getattr(v, "shape", None) == own[k].shape}

    prefix = max(("", "backbone."), key=lambda each: len(fitting(each)))
    loaded = fitting(prefix)
    if not loaded:
        raise UserError(
            f"{source}: none of its weights fits the configured model; expected weights of the same network"
        )
    model.load_state_dict(loaded, strict=False)
    # Checkpoints of old versions of torch lack the normalisations' counters, which nothing reads here.
    absent = [name for name in own.keys() - loaded.keys() if not name.endswith(("num_batches_tracked", OF_THE_DATA))]
    new = [name for name in labels if name not in theirs]
    return "\n".join(
        [
            f"{source}: {len(loaded)} of its {len(weights)} tensors loaded, into a model of {len(own)}",
            *([f"  classes found by name: {len(labels) - len(new)} of {len(labels)}"] if names_differ else []),
            *([f"  classes not in it, so as initialised: {', '.join(new)}"] if names_differ and new else []),
            *_by_layer("not in it, so as initialised", absent),
            *_by_layer("not of the model, or of another shape", {prefix + k for k in weights} - loaded.keys()),
        ]
    )


def _of_mmseg(swin: Mapping[str, Any]) -> dict[str, Any]:
    """Microsoft's weights of a Swin Transformer as mmseg names them, and orders those of its patch merging."""
    # Imported here, since no other weights need mmdet.
    from mmdet.models.backbones.swin import swin_converter  # mmseg has its own in a script only

    return swin_converter(swin)


def labels_of(saved: Any) -> list[str]:
    """The names of the classes that a model file tells apart; none if it is a checkpoint of others, who do not say."""
    provenance = saved.get("provenance") if isinstance(saved, dict) else None
    labels = provenance.get("labels") if isinstance(provenance, dict) else None
    return [str(name) for name in labels] if isinstance(labels, list) else []


def by_class(name: str, weight: Any, own: torch.Tensor, theirs: Sequence[str], labels: Sequence[str]) -> Any:
    """A checkpoint's tensor for other classes: those that both know at their new places, the others as in ``own``.

    Args:
        name: the tensor's, of which CLASS_AXES knows the axes of classes; another stays as it is.
        weight: the checkpoint's; what is no tensor stays as it is.
        own: the model's; if more than the classes differs, ``weight`` stays as it is.
        theirs: the checkpoint's classes.
        labels: the model's classes.
    """
    axes = next((axes for pattern, axes in CLASS_AXES.items() if re.search(pattern, name)), ())
    if not axes or not isinstance(weight, torch.Tensor) or weight.ndim != own.ndim:
        return weight
    shared = [label for label in labels if label in theirs]
    targets, origins = [], []
    for axis, (to, of) in enumerate(zip(own.shape, weight.shape, strict=True)):
        after, before = (len(labels), len(theirs)) if axis in axes else (0, 0)
        if to - after != of - before:
            return weight
        found = shared if axis in axes else []
        targets.append([*map(labels.index, found), *range(after, to)])
        origins.append([*map(theirs.index, found), *range(before, of)])
    moved = own.clone()
    moved[np.ix_(*targets)] = weight[np.ix_(*origins)].to(own)
    return moved


def _by_layer(what: str, names: Iterable[str]) -> list[str]:
    """Lines that count the tensors of layers of one kind: those whose names differ in their numbers only."""
    layers = Counter(re.sub(r"\d+", "*", name.rpartition(".")[0]) or name for name in names)
    return [f"  {what}: {layer} ({count})" for layer, count in sorted(layers.items())]
