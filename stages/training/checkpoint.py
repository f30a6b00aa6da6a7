"""The model file: weights with what they were trained for; read as weights only, so no pickle's code is ever run."""

import difflib
import io
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.model import is_model_wrapper
from mmengine.runner.checkpoint import get_external_models, get_mmcls_models

from stages.pipeline.entry import UserError
from stages.pipeline.outputs import whole_file


def save_model(path: Path, model: torch.nn.Module, provenance: Mapping[str, Any]) -> None:
    """Write a model file, the same bytes for the same weights.

    Args:
        path: the file, which appears only when whole.
        model: its ``state_dict`` is saved, on the CPU.
        provenance: what it was trained with, ``labels`` among it, the names of the classes that it tells apart; plain
            Python values. See :func:`stages.training.provenance.provenance`.
    """
    weights = {name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}
    # torch.save names the archive inside after the file it writes; in memory the name is always the same.
    buffer = io.BytesIO()
    torch.save({"state_dict": weights, "provenance": dict(provenance)}, buffer)
    with whole_file(path) as partial:
        partial.write_bytes(buffer.getvalue())


def load_model(path: Path, model: torch.nn.Module, labels: Sequence[str]) -> None:
    """Load a model file's weights into ``model``.

    Raises:
        UserError: the file is missing or no model file, was trained for other labels, or its weights do not fit.
    """
    saved = _model_file(path)
    trained_for = saved["provenance"]["labels"]
    if trained_for != list(labels):
        raise UserError(f"{path}: trained for the labels {trained_for}; expected {list(labels)}")
    try:
        model.load_state_dict(saved["state_dict"])
    except (RuntimeError, KeyError):
        raise UserError(f"{path}: its weights do not fit the configured model; expected one trained with it") from None


def read_provenance(path: Path) -> dict[str, Any]:
    """What a model file says that it was trained with.

    Raises:
        UserError: the file is missing or no model file.
    """
    return _model_file(path)["provenance"]


def weights_file(source: str | None) -> list[Path]:
    """The file that initial weights come from, if they come from one and not from a URL.

    Raises:
        UserError: the file is missing.
    """
    if source is None or _is_url(source):
        return []
    if not Path(source).is_file():
        raise UserError(f"{source}: missing; expected a model's weights")
    return [Path(source)]


def load_pretrained(source: str, model: torch.nn.Module) -> str:
    """Load those weights of a checkpoint whose name and shape fit ``model``; the others keep their values.

    The checkpoint of a backbone alone, as those of ImageNet, fits the model's backbone.

    Args:
        source: a file, an http(s) URL (kept in torch's hub cache), or a name that mmengine knows a URL of, as
            open-mmlab://msra/hrnetv2_w48; of a state dict, or of a dict that holds one at ``state_dict``.
        model: the model, or mmengine's distributed wrapper of it.

    Returns:
        What was loaded and what was not, for the log.

    Raises:
        UserError: the checkpoint can't be had or is none, or not one of its weights fits.
    """
    model = model.module if is_model_wrapper(model) else model
    saved = _read(source)
    weights = saved.get("state_dict", saved) if isinstance(saved, dict) else {}
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
    absent = [name for name in own.keys() - loaded.keys() if not name.endswith("num_batches_tracked")]
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


def _model_file(path: Path) -> dict[str, Any]:
    saved = _read(path)
    origin = saved.get("provenance") if isinstance(saved, dict) else None
    if not isinstance(origin, dict) or "labels" not in origin:
        raise UserError(f"{path}: not a model file of this pipeline; expected one that a training stage wrote")
    return saved


def _read(source: str | Path) -> Any:
    """The contents of a checkpoint, tensors and plain values only, on the CPU."""
    try:
        if _is_url(source):
            return torch.hub.load_state_dict_from_url(_address(str(source)), map_location="cpu", weights_only=True)
        return torch.load(source, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"{source}: missing; expected a model's weights") from None
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{source}: not loadable as weights only ({what}); expected a torch checkpoint") from None


def _is_url(source: str | Path) -> bool:
    return "://" in str(source)


def _address(url: str) -> str:
    """Where a URL leads: mmengine's own kinds name a model.

    mmengine's loader is not asked itself, since it falls back to running a pickle's code.
    """
    kind, _, name = url.partition("://")
    if kind in ("http", "https"):
        return url
    known = {"open-mmlab": get_external_models, "openmmlab": get_external_models, "mmcls": get_mmcls_models}
    if kind not in known:
        raise UserError(f"{url}: unknown kind of URL; expected http, https, {', '.join(known)}")
    models = known[kind]()
    if name not in models:
        near = difflib.get_close_matches(name, models, n=3, cutoff=0)
        raise UserError(f"{url}: mmengine knows no such model; expected one such as {', '.join(near)}")
    return models[name]
