"""What a training depends on: parameters, classes, code, data and the packages under it. A model file carries it."""

import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mmengine.dist

PACKAGES = ("cv2", "mmcv", "mmdet", "mmengine", "mmseg", "numpy", "torch")
PROJECT = Path(__file__).parents[2]
CODE = (PROJECT / "face_parsing", PROJECT / "stages")


def provenance(
    labels: Sequence[str], parameters: Mapping[str, Any], precision: str, files: Iterable[Path]
) -> dict[str, Any]:
    """Describe a training by plain values, which are equal for two trainings only if their models have to be equal too.

    Args:
        labels: the names of the classes.
        parameters: all that the training stage reads, plain Python values.
        precision: in which this machine trains.
        files: the network's config file and every file that is trained on, initial weights included.

    Returns:
        ``labels``, ``parameters`` and ``precision``; ``processes`` that share a batch, on all machines; ``versions`` of
        the packages; ``code`` and ``files``, the :func:`digest` of this project's loaded modules, and of the files.
    """
    return {
        "labels": list(labels),
        "parameters": dict(parameters),
        "precision": precision,
        "processes": mmengine.dist.get_world_size(),
        "versions": {name: str(sys.modules[name].__version__) for name in PACKAGES if name in sys.modules},
        "code": digest(_loaded_modules()),
        "files": digest(files),
    }


def digest(files: Iterable[Path]) -> str:
    """SHA-256, in hexadecimal digits, of the names and contents of files, in whatever order they come.

    A name is a path from the working directory, or the project's where the file is part of it.
    """
    total = hashlib.sha256()
    for path in sorted(map(Path, files)):
        content = path.read_bytes()
        name = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        total.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _loaded_modules() -> list[Path]:
    named = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = [Path(file) for file in named if file]
    # A package's __init__.py holds a line about it, which changes no training.
    return [file for file in files if set(CODE) & set(file.parents) and file.name != "__init__.py"]
