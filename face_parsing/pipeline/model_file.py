"""The model file: weights with what they were trained for; read as weights only, so no pickle's code is ever run."""

import difflib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.runner.checkpoint import get_external_models, get_mmcls_models
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from torch import Tensor

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import check_file, check_limit
from face_parsing.pipeline.outputs import whole_file

Stamp = tuple[tuple[int, int], ...]  # tells files from earlier ones of their names


def stamp(*paths: Path) -> Stamp:
    """When files were last written, and their sizes: a process that outlives a run must not use an older model."""
    return tuple((status.st_mtime_ns, status.st_size) for status in (path.stat() for path in paths if path.exists()))


def save_model(path: Path, model: torch.nn.Module, provenance: Mapping[str, Any]) -> None:
    """Write a model file, the same bytes for the same weights.

    Args:
        path: the file, which appears only when whole.
        model: its ``state_dict`` is saved, on the CPU.
        provenance: what it was trained with, ``labels`` among it, the names of the classes that it tells apart; plain
            Python values. See :func:`face_parsing.training.provenance.provenance`.
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
    weights, own = saved["state_dict"], model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        if name not in own or name not in weights or not _alike(weights[name], own[name]):
            raise UserError(
                f"{path}: its weights do not fit the configured model (tensor {name}); expected one trained with it"
            )
        if not torch.isfinite(weights[name]).all():
            raise UserError(f"{path}: the tensor {name} holds values that are no numbers; expected a trained model")
    model.load_state_dict(weights)


def _alike(weight: Tensor, own: Tensor) -> bool:
    return (weight.shape, weight.dtype, weight.layout, weight.device.type) == (own.shape, own.dtype, own.layout, "cpu")


def read_provenance(path: Path) -> dict[str, Any]:
    """What a model file says that it was trained with.

    Raises:
        UserError: the file is missing or no model file.
    """
    return _model_file(path)["provenance"]


class _Provenance(BaseModel):
    """Plain values, as JSON has them, and the labels among them."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    labels: list[str]


class _ModelFile(BaseModel):
    model_config = ConfigDict(strict=True, arbitrary_types_allowed=True)

    provenance: _Provenance
    state_dict: dict[str, Tensor]


def _model_file(path: Path) -> dict[str, Any]:
    saved = read_checkpoint(path)
    try:
        _ModelFile.model_validate(saved)
    except ValidationError:
        raise UserError(f"{path}: no model file of this pipeline; expected one that a training stage wrote") from None
    return saved


def read_checkpoint(source: str | Path) -> Any:
    """The contents of a checkpoint, tensors and plain values only, on the CPU.

    Args:
        source: a file, or a URL (see :func:`face_parsing.training.pretrained.load_pretrained`).

    Raises:
        UserError: it can't be had, or is no checkpoint of tensors and plain values.
    """
    path = checkpoint_file(source)
    check_file(path, "a model's weights", "model_bytes")
    try:
        if zipfile.is_zipfile(path):
            _check_archive(source, path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except UserError:
        raise
    except Exception as error:  # a broken file makes torch's reader raise errors of every kind
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{source}: not loadable as weights only ({what}); expected a torch checkpoint") from None


def _check_archive(source: str | Path, path: Path) -> None:
    """Check a checkpoint's zip archive: its size unpacked, and the checksums, which torch does not look at."""
    with zipfile.ZipFile(path) as archive:
        check_limit(source, sum(entry.file_size for entry in archive.infolist()), "bytes unpacked", "model_bytes")
        broken = archive.testzip()
    if broken is not None:
        raise UserError(f"{source}: the checksum of {broken} is wrong; expected a torch checkpoint as it was written")


def checkpoint_file(source: str | Path) -> Path:
    """The file of a checkpoint; a URL's is fetched, unless torch's cache has it from before.

    Raises:
        UserError: the URL is of no known kind, names no known model, or can't be reached.
    """
    if not is_url(source):
        return Path(source)
    url = _address(str(source))
    file = Path(torch.hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        digest = torch.hub.HASH_REGEX.search(file.name)  # the published files have it in their names
        try:
            torch.hub.download_url_to_file(url, str(file), digest[1] if digest else None)
        except OSError as error:  # urllib's errors are such
            reason = getattr(error, "reason", error)
            raise UserError(
                f"{source}: {url} can't be had ({reason}); expected a network, or the file {file}"
            ) from None
    return file


def is_url(source: str | Path) -> bool:
    """Whether a checkpoint is named by a URL, not by a file."""
    return "://" in str(source)


def _address(url: str) -> str:
    """Where a URL leads: mmengine's own kinds name a model.

    mmengine's loader is not asked itself, since it falls back to running a pickle's code.
    """
    kind, _, name = url.partition("://")
    if kind in ("http", "https"):
        return url
    known = {
        "open-mmlab": get_external_models,
        "openmmlab": get_external_models,
        "mmcls": get_mmcls_models,
        "torchvision": _torchvision_models,
    }
    if kind not in known:
        raise UserError(f"{url}: unknown kind of URL; expected http, https, {', '.join(known)}")
    models = known[kind]()
    if name not in models:
        near = difflib.get_close_matches(name, models, n=3, cutoff=0)
        raise UserError(f"{url}: mmengine knows no such model; expected one such as {', '.join(near)}")
    return models[name]


def _torchvision_models() -> dict[str, str]:
    """torchvision's models and their URLs as mmengine lists them; its own way to the list imports torchvision."""
    return json.loads((Path(mmengine.__file__).parent / "hub/torchvision_0.12.json").read_text(encoding="utf-8"))
