"""The model file: weights with what they were trained for; read as weights only, so no pickle's code is ever run."""

import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmcv
import mmengine
import torch
from mmengine.model import is_model_wrapper

from stages.pipeline.entry import UserError
from stages.pipeline.outputs import whole_file


def save_model(path: Path, model: torch.nn.Module, labels: Sequence[str], parameters: dict[str, Any]) -> None:
    """Write a model file, the same bytes for the same weights.

    Args:
        path: the file, which appears only when whole.
        model: its ``state_dict`` is saved, on the CPU.
        labels: the names of the classes that it tells apart.
        parameters: plain Python values: the parameters that it was trained with.
    """
    weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
    versions = {"torch": torch.__version__, "mmengine": mmengine.__version__, "mmcv": mmcv.__version__}
    meta = {"labels": list(labels), "parameters": parameters, "versions": {k: str(v) for k, v in versions.items()}}
    # torch.save names the archive inside after the file it writes; in memory the name is always the same.
    buffer = io.BytesIO()
    torch.save({"state_dict": weights, "meta": meta}, buffer)
    with whole_file(path) as partial:
        partial.write_bytes(buffer.getvalue())


def load_model(path: Path, model: torch.nn.Module, labels: Sequence[str]) -> None:
    """Load a model file's weights into ``model``.

    Raises:
        UserError: the file is missing or no model file, was trained for other labels, or its weights do not fit.
    """
    saved = _read(path)
    meta = saved.get("meta") if isinstance(saved, dict) else None
    if not isinstance(meta, dict) or "labels" not in meta:
        raise UserError(f"{path}: not a model file of this pipeline; expected one that a training stage wrote")
    if meta["labels"] != list(labels):
        raise UserError(f"{path}: trained for the labels {meta['labels']}; expected {list(labels)}")
    try:
        model.load_state_dict(saved["state_dict"])
    except (RuntimeError, KeyError):
        raise UserError(f"{path}: its weights do not fit the configured model; expected one trained with it") from None


def load_pretrained(source: str, model: torch.nn.Module) -> None:
    """Load those weights of a checkpoint whose name and shape fit ``model``; the others keep their values.

    Args:
        source: a file or an http(s) URL (kept in torch's hub cache) of a state dict, or of a dict that holds one at
            ``state_dict``.
        model: the model, or mmengine's distributed wrapper of it.

    Raises:
        UserError: the checkpoint can't be had or is none, or not one of its weights fits.
    """
    model = model.module if is_model_wrapper(model) else model
    saved = _read(source)
    weights = saved.get("state_dict", saved) if isinstance(saved, dict) else {}
    own = model.state_dict()
    fitting = {k: v for k, v in weights.items() if k in own and getattr(v, "shape", None) == own[k].shape}
    if not fitting:
        raise UserError(
            f"{source}: none of its weights fits the configured model; expected weights of the same network"
        )
    model.load_state_dict(fitting, strict=False)


def _read(source: str | Path) -> Any:
    """The contents of a checkpoint, tensors and plain values only, on the CPU."""
    try:
        if str(source).startswith(("http://", "https://")):
            return torch.hub.load_state_dict_from_url(str(source), map_location="cpu", weights_only=True)
        return torch.load(source, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"{source}: missing; expected a model's weights") from None
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{source}: not loadable as weights only ({what}); expected a torch checkpoint") from None
