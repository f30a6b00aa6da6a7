"""Writes weights/, the folder of the bundled models, from a trained project: python -m tools.bundle.

The folder is laid out as a project, so FaceParser("weights") loads it. It holds params.yaml, the label table, the
delivered models in half precision, the complete config of each network, and their export, which a package carries.
README.md is kept. Nothing is measured.
"""

import argparse
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from face_parsing.checkpoints.model_file import read_checkpoint
from face_parsing.commands.export import export_project
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.texts import read_yaml
from face_parsing.provenance.record import provenance_file, read_provenance
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from stages import train_backbone, train_detector, train_segmenter, train_student

README = "README.md"  # written by hand
MOST_BYTES = 12_000_000  # maximum size of the whole folder


def bundle(project: Path, weights: Path, export: Callable[[Path], None] = export_project) -> int:
    """Write the folder ``weights`` from a trained project.

    Args:
        project: The trained project.
        weights: The folder to write.
        export: Writes the export of a project into it.

    Returns:
        Size of the folder in bytes.

    Raises:
        PipelineError: A model is missing, does not fit the project's configs, or was trained with other parameters than
            params.yaml has; params.yaml or a model contains an absolute path; or the folder is too large.
    """
    parser, parameters = FaceParser(project, "cpu", "torch"), read_parameters(project)
    models = [project / paths.model_file("detector"), *parser.segmenters]
    check_parameters(project, [*models, project / paths.model_file("backbone")])
    params = project / paths.PARAMETERS
    texts = {params: read_yaml(params, "the pipeline's parameters")} | {path: read_provenance(path) for path in models}
    for path, contents in texts.items():
        for local_path in absolute_paths(contents):
            raise PipelineError(f"{path}: names {local_path}, a path of this machine; expected none")
    with atomic_directory(weights) as folder:
        for file in (params, project / paths.LABELS, *models, *map(provenance_file, models)):
            target = folder / file.relative_to(project)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in models:
                compress(file, target)
            else:
                shutil.copyfile(file, target)
        profile, backbone = parameters.profile, parameters.seg.backbone
        for config in (paths.detector_config(profile), paths.segmenter_config(backbone, profile)):
            (folder / config).parent.mkdir(parents=True)
            Config.fromfile(project / config).dump(folder / config)
        if (weights / README).is_file():
            shutil.copyfile(weights / README, folder / README)
        export(folder)
        total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        if total > MOST_BYTES:
            raise PipelineError(f"{weights}: {total / 1e6:.1f} MB; expected {MOST_BYTES / 1e6:.0f} MB at most")
    return total


def compress(model: Path, target: Path) -> None:
    """Store a model file's weights in half precision, in a compressed archive; torch writes plain ones and reads both.

    Vectors stay as they are: batch statistics may exceed the range of half precision.
    """
    saved, buffer = read_checkpoint(model), io.BytesIO()
    weights = saved["state_dict"]
    halves = {k: v.half() if v.is_floating_point() and v.ndim > 1 else v for k, v in weights.items()}
    torch.save({**saved, "state_dict": halves}, buffer)
    with zipfile.ZipFile(buffer) as plain, zipfile.ZipFile(target, "w") as packed:
        for entry in plain.infolist():
            packed.writestr(entry, plain.read(entry), zipfile.ZIP_DEFLATED, compresslevel=9)


def check_parameters(project: Path, models: list[Path]) -> None:
    """Check that models were trained with the current parameters of params.yaml.

    Args:
        project: The folder of params.yaml.
        models: Model files of training stages, below the project.

    Raises:
        PipelineError: A model was trained with other parameters.
    """
    params = project / paths.PARAMETERS
    expected = {
        paths.model_file("detector"): train_detector.Parameters.read(params).by_key(),
        paths.model_file("backbone"): train_backbone.Parameters.read(params).by_key(),
    }
    for stage, folder in ((train_segmenter, paths.MODELS), (train_student, paths.STUDENTS)):
        whole = stage.Parameters.read(params).by_key()
        expected |= {paths.model_file(name, folder): {"name": name, **whole} for name in MODEL_NAMES}
    for path in models:
        trained, now = read_provenance(path).get("parameters", {}), expected[path.relative_to(project)]
        other = sorted(key for key in trained.keys() | now.keys() if trained.get(key) != now.get(key))
        if other:
            raise PipelineError(
                f"{path}: trained with other {', '.join(other)} than {params} has; expected `dvc repro` first"
            )


def absolute_paths(value: Any) -> Iterator[str]:
    """Yield the strings in a tree of plain values that are absolute paths."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str) and Path(value).expanduser().is_absolute():
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from absolute_paths(item)


def main() -> None:
    """Write weights/ in the current folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.bundle", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the trained project; default: here")
    total = bundle(parser.parse_args().project, paths.WEIGHTS)
    print(f"{paths.WEIGHTS}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
