"""The weights that a training starts from: those of a checkpoint that fit, the others as they are."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import torch

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.model_file import is_url, read_checkpoint

OF_THE_DATA = "log_class_weight"  # by this name a segmenter keeps its own data's class weights, which are no start


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


def load_pretrained(source: str, model: torch.nn.Module) -> str:
    """Load those weights of a checkpoint whose name and shape fit ``model``; the others keep their values.

    The checkpoint of a backbone alone, as those of ImageNet, fits the model's backbone. What a model knows of the data
    that it is trained on stays its own.

    Args:
        source: a file, an http(s) URL (kept in torch's hub cache), or a name that mmengine knows a URL of, as
            open-mmlab://msra/hrnetv2_w48; of a state dict, or of a dict that holds one at ``state_dict``.
        model: the model itself, in no wrapper.

    Returns:
        What was loaded and what was not, for the log.

    Raises:
        UserError: the checkpoint can't be had or is none, or not one of its weights fits.
    """
    saved = read_checkpoint(source)
    weights = saved.get("state_dict", saved) if isinstance(saved, dict) else {}
    weights = {name: weight for name, weight in weights.items() if not str(name).endswith(OF_THE_DATA)}
    own = model.state_dict()

    def fitting(prefix: str) -> dict[str, torch.Tensor]:
        named = {prefix + str(name): weight for name, weight in weights.items()}
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
    return "\n".join(
        [
            f"{source}: {len(loaded)} of its {len(weights)} tensors loaded, into a model of {len(own)}",
            *_by_layer("not in it, so as initialised", absent),
            *_by_layer("not of the model, or of another shape", {prefix + k for k in weights} - loaded.keys()),
        ]
    )


def _by_layer(what: str, names: Iterable[str]) -> list[str]:
    """Lines that count the tensors of layers of one kind: those whose names differ in their numbers only."""
    layers = Counter(re.sub(r"\d+", "*", name.rpartition(".")[0]) or name for name in names)
    return [f"  {what}: {layer} ({count})" for layer, count in sorted(layers.items())]
