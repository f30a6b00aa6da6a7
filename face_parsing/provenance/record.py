"""Provenance: what a training depended on. It is stored beside the model file as <model>.provenance.json.

It is a separate file, because the digest of the code changes more often than the weights. If a training gives the same
weights again, its model file stays the same, and DVC reruns nothing after it.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file
from face_parsing.core.texts import read_json

PACKAGES = ("cv2", "mmcv", "mmdet", "mmengine", "mmseg", "numpy", "torch")
PROJECT = Path(__file__).parents[2]
CODE = (PROJECT / "face_parsing", PROJECT / "stages")


def provenance_file(model: Path) -> Path:
    """The path of a model file's provenance.

    >>> provenance_file(Path("models/detector.pth")).as_posix()
    'models/detector.provenance.json'
    """
    return model.with_suffix(".provenance.json")


def provenance(
    labels: Sequence[str], parameters: Mapping[str, Any], precision: str, processes: int, files: Iterable[Path]
) -> dict[str, Any]:
    """Describe a training by plain values. Two trainings with equal values give equal models.

    Args:
        labels: Names of the classes.
        parameters: All parameters that the training stage reads, as plain Python values.
        precision: Precision of the training on this machine.
        processes: Number of processes that share a batch, on all machines.
        files: The network's config files, the training data and the initial weights. A folder stands for the
            files below it.

    Returns:
        The arguments; ``versions`` of the packages; ``code`` and ``files``, the :func:`digest` of this project's loaded
        modules and of the files.
    """
    return {
        "labels": list(labels),
        "parameters": dict(parameters),
        "precision": precision,
        "processes": processes,
        "versions": {name: str(sys.modules[name].__version__) for name in PACKAGES if name in sys.modules},
        "code": digest(_loaded_modules()),
        "files": digest(files),
    }


def write_provenance(model: Path, origin: Mapping[str, Any]) -> None:
    """Write a model file's provenance beside it."""
    with atomic_file(provenance_file(model)) as partial:
        partial.write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


def read_provenance(model: Path) -> dict[str, Any]:
    """The provenance of a model file.

    Raises:
        PipelineError: the provenance is missing or invalid.
    """
    path = provenance_file(model)
    expected = "the provenance of a model, as a training stage writes it beside the model"
    origin = read_json(path, expected)
    if not isinstance(origin, dict) or not isinstance(origin.get("labels"), list):
        raise PipelineError(f"{path}: not a provenance file; expected {expected}")
    return origin


def digest(files: Iterable[Path]) -> str:
    """SHA-256, in hexadecimal digits, of the names and contents of files. Their order does not matter.

    A folder stands for the files below it.

    A file of the project is named relative to the project's folder, any other file by its path as given.
    """
    total = hashlib.sha256()
    for path in sorted(chain.from_iterable(map(_files_of, files))):
        content = path.read_bytes()
        name = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        total.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _files_of(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]


def _loaded_modules() -> list[Path]:
    named = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = [Path(file) for file in named if file]
    # A package's __init__.py holds its description, which changes no training.
    return [file for file in files if set(CODE) & set(file.parents) and file.name != "__init__.py"]
