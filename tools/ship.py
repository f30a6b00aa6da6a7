"""The folder weights/, whose models come with the repository, from a trained project: python -m tools.ship.

It is laid out as a project is, so that FaceParser("weights") takes it: params.yaml and the label table as they are, the
models that the project delivers, and their networks' configs, complete in one file each. README.md stays. Nothing is
measured.
"""

import argparse
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from face_parsing.app.face_parser import FaceParser
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.model_file import read_provenance
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.reading import PARAMETERS
from face_parsing.pipeline.texts import read_yaml
from stages import train_backbone, train_detector, train_segmenter, train_student

WEIGHTS = Path("weights")
LABELS = Path("data/labels.yaml")
README = "README.md"  # written by hand
BACKBONE = Path("models/backbone.pth")
MOST_BYTES = 10_000_000  # of the whole folder


def ship(project: Path, weights: Path) -> int:
    """Write the folder ``weights`` from a trained project; returns how many bytes it has.

    Raises:
        UserError: a model is missing, does not fit the project's configs, or was trained with other parameters than
            params.yaml has; params.yaml or a model names a path of this machine; or the folder is too large.
    """
    parser = FaceParser(project, "cpu")
    models = [project / "models/detector.pth", *parser.segmenters]
    check_parameters(project, [*models, project / BACKBONE])
    params = project / PARAMETERS
    texts = {params: read_yaml(params, "the pipeline's parameters")} | {path: read_provenance(path) for path in models}
    for path, contents in texts.items():
        for place in absolute_paths(contents):
            raise UserError(f"{path}: names {place}, a path of this machine; expected none")
    with whole_directory(weights) as folder:
        for file in (params, project / LABELS, *models):
            target = folder / file.relative_to(project)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in models:
                compress(file, target)
            else:
                shutil.copyfile(file, target)
        for kind in ("detector", f"segmenter/{parser.parameters.seg.backbone}"):
            config = Path(f"configs/{kind}/{parser.parameters.profile}.py")
            (folder / config).parent.mkdir(parents=True)
            Config.fromfile(project / config).dump(folder / config)
        if (weights / README).is_file():
            shutil.copyfile(weights / README, folder / README)
        total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        if total > MOST_BYTES:
            raise UserError(f"{weights}: {total / 1e6:.1f} MB; expected {MOST_BYTES / 1e6:.0f} MB at most")
    return total


def compress(model: Path, target: Path) -> None:
    """Write a model file's archive compressed, a tenth smaller; torch writes it plain, and reads either."""
    with zipfile.ZipFile(model) as plain, zipfile.ZipFile(target, "w") as packed:
        for entry in plain.infolist():
            packed.writestr(entry, plain.read(entry), zipfile.ZIP_DEFLATED, compresslevel=9)


def check_parameters(project: Path, models: list[Path]) -> None:
    """Check that models were trained with what params.yaml has now.

    Args:
        project: The folder of params.yaml.
        models: Model files of training stages, named as these name them.

    Raises:
        UserError: one was trained with other parameters.
    """
    params = project / PARAMETERS
    expected = {
        "models/detector.pth": train_detector.Parameters.read(params).by_key(),
        "models/backbone.pth": train_backbone.Parameters.read(params).by_key(),
    }
    for stage, folder in ((train_segmenter, "models"), (train_student, "models/students")):
        whole = stage.Parameters.read(params).by_key()
        expected |= {f"{folder}/{name}.pth": {"name": name, **whole} for name in MODEL_NAMES}
    for path in models:
        trained, now = read_provenance(path).get("parameters", {}), expected[path.relative_to(project).as_posix()]
        other = sorted(key for key in trained.keys() | now.keys() if trained.get(key) != now.get(key))
        if other:
            raise UserError(
                f"{path}: trained with other {', '.join(other)} than {params} has; expected `dvc repro` before"
            )


def absolute_paths(value: Any) -> Iterator[str]:
    """Yield the absolute paths among the texts of a tree of plain values."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str) and Path(value).expanduser().is_absolute():
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from absolute_paths(each)


def main() -> None:
    """Write weights/ here."""
    parser = argparse.ArgumentParser(prog="python -m tools.ship", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the trained project; default: here")
    total = ship(parser.parse_args().project, WEIGHTS)
    print(f"{WEIGHTS}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
