"""The model file: weights and the classes they were trained for. Reading executes no pickle."""

import difflib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.runner.checkpoint import get_external_models, get_mmcls_models
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_file, check_limit
from face_parsing.core.outputs import atomic_file


def save_model(path: Path, model: torch.nn.Module, labels: Sequence[str]) -> None:
    """Write a model file. The same weights give the same bytes.

    Args:
        path: The file, which is written atomically.
        model: The model whose ``state_dict`` is saved, on the CPU.
        labels: Names of the model's classes.
    """
    weights = {name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}
    # torch.save stores the file's name in the archive. In memory the name is always the same.
    buffer = io.BytesIO()
    torch.save({"state_dict": weights, "labels": list(labels)}, buffer)
    with atomic_file(path) as partial:
        partial.write_bytes(buffer.getvalue())


def load_model(path: Path, model: torch.nn.Module, labels: Sequence[str]) -> None:
    """Load a model file's weights into ``model``. The bundled models store float32 weights in half precision.

    Raises:
        PipelineError: the file is missing or no model file, was trained for other labels, or its weights don't fit or
            aren't finite.
    """
    saved = _model_file(path)
    trained_for = saved["labels"]
    if trained_for != list(labels):
        raise PipelineError(f"{path}: trained for the labels {trained_for}; expected {list(labels)}")
    weights, model_weights = saved["state_dict"], model.state_dict()
    for name in sorted(model_weights.keys() | weights.keys()):
        if name not in model_weights or name not in weights or not _alike(weights[name], model_weights[name]):
            raise PipelineError(
                f"{path}: its weights do not fit the configured model (tensor {name}); expected one trained with it"
            )
        if not torch.isfinite(weights[name]).all():
            raise PipelineError(f"{path}: the tensor {name} holds infinite values or NaN; expected a trained model")
    model.load_state_dict(weights)


def _alike(weight: Tensor, expected: Tensor) -> bool:
    dtypes = (expected.dtype, torch.float16) if expected.dtype == torch.float32 else (expected.dtype,)
    properties = (weight.shape, weight.layout, weight.device.type)
    return weight.dtype in dtypes and properties == (expected.shape, expected.layout, "cpu")


class _ModelFile(BaseModel):
    model_config = ConfigDict(strict=True, arbitrary_types_allowed=True)

    labels: list[str]
    state_dict: dict[str, Tensor]


def _model_file(path: Path) -> dict[str, Any]:
    saved = read_checkpoint(path)
    if isinstance(saved, dict) and "provenance" in saved:
        raise PipelineError(f"{path}: a model file of version 0.2; expected one that this version trained")
    try:
        _ModelFile.model_validate(saved)
    except ValidationError:
        raise PipelineError(
            f"{path}: not a model file of this pipeline; expected one that a training stage wrote"
        ) from None
    return saved


def read_checkpoint(source: str | Path) -> Any:
    """Read a checkpoint of tensors and plain values, on the CPU.

    Args:
        source: A file, or a URL (see :class:`face_parsing.checkpoints.pretrained.Pretrained`).

    Raises:
        PipelineError: the checkpoint is missing, damaged or too large, can't be downloaded, or holds other than tensors
            and plain values.
    """
    path = checkpoint_file(source)
    check_file(path, "a model's weights", "model_bytes")
    try:
        if zipfile.is_zipfile(path):
            _check_archive(source, path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except PipelineError:
        raise
    except Exception as error:  # broken files make torch's reader raise errors of any type
        message = (str(error).splitlines() or [type(error).__name__])[0]
        raise PipelineError(
            f"{source}: not loadable as weights only ({message}); expected a torch checkpoint"
        ) from None


def _check_archive(source: str | Path, path: Path) -> None:
    """Check the unpacked size and the checksums of a checkpoint's zip archive. torch ignores the checksums."""
    with zipfile.ZipFile(path) as archive:
        check_limit(source, sum(entry.file_size for entry in archive.infolist()), "bytes unpacked", "model_bytes")
        broken = archive.testzip()
    if broken is not None:
        raise PipelineError(f"{source}: the checksum of {broken} is wrong; expected an undamaged torch checkpoint")


def checkpoint_file(source: str | Path) -> Path:
    """The file of a checkpoint. A URL is downloaded unless torch's cache has its file.

    Raises:
        PipelineError: the URL has an unknown scheme, names an unknown model, or can't be downloaded.
    """
    if not is_url(source):
        return Path(source)
    url = _address(str(source))
    file = Path(torch.hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        digest = torch.hub.HASH_REGEX.search(file.name)  # published files have a digest in their names
        try:
            torch.hub.download_url_to_file(url, str(file), digest[1] if digest else None)
        except OSError as error:  # urllib's errors are OSErrors
            reason = getattr(error, "reason", error)
            raise PipelineError(
                f"{source}: {url} can't be downloaded ({reason}); expected a network, or the file {file}"
            ) from None
    return file


def is_url(source: str | Path) -> bool:
    """Whether a checkpoint is given by a URL, not by a file."""
    return "://" in str(source)


def _address(url: str) -> str:
    """The http(s) address of a URL, which may also name a model in one of mmengine's schemes.

    We don't use mmengine's own loader, since it falls back to executing a pickle's code.
    """
    scheme, _, name = url.partition("://")
    if scheme in ("http", "https"):
        return url
    known = {
        "open-mmlab": get_external_models,
        "openmmlab": get_external_models,
        "mmcls": get_mmcls_models,
        "torchvision": _torchvision_models,
    }
    if scheme not in known:
        raise PipelineError(f"{url}: unknown URL scheme; expected http, https, {', '.join(known)}")
    models = known[scheme]()
    if name not in models:
        similar = difflib.get_close_matches(name, models, n=3, cutoff=0)
        raise PipelineError(f"{url}: mmengine knows no such model; expected one such as {', '.join(similar)}")
    return models[name]


def _torchvision_models() -> dict[str, str]:
    """URLs of torchvision's models from mmengine's list. mmengine's own function for it imports torchvision."""
    return json.loads((Path(mmengine.__file__).parent / "hub/torchvision_0.12.json").read_text(encoding="utf-8"))
