"""The trained models' metrics on rendered test clips of another seed: python -m tools.other_clips.

Settings were chosen while looking at the default test clips, and none on these. The pipeline's own stages run, from
rendering to the score, in a folder of their own with this project's models; nothing here changes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.models import MODEL_NAMES, PREDICTIONS, RESULT

STAGES = [
    *("check", "prepare", "boxes", "detect", *(f"segment {model}" for model in MODEL_NAMES)),
    *("ensemble", "refine", "score", "score_video"),
]
SHARED = ("configs", "models", "weights")
METRICS = {"metrics.json": "result"} | {f"metrics/{name}.json": name for name in (*PREDICTIONS, "detector")}
VIDEO = {name: f"{name}, as a viewer sees it" for name in (*PREDICTIONS, RESULT)}
METRICS |= {f"metrics/video/{name}.json": title for name, title in VIDEO.items()}


def score_other_clips(
    project: Path, seed: int, clips: int, looks: float | None = None
) -> dict[str, dict[str, float | None]]:
    """The metrics of a project's models on ``clips`` rendered test clips of a ``seed``, by row of the table.

    Args:
        project: The folder where the pipeline ran.
        seed: Of the rendering.
        clips: How many.
        looks: The share of clips that have each look; None: as the project's profile says.

    Raises:
        UserError: the project has no models, or a stage ends with an error, which it has told.
    """
    if not (project / "models/detector.pth").is_file():
        raise UserError("models: missing; nothing is trained here yet: run `dvc repro` first")
    yaml = YAML()
    parameters = yaml.load(project / "params.yaml")
    parameters["data"]["source"] = "synthetic"
    parameters["synthetic"]["seed"] = seed
    profile = parameters["profiles"][parameters["profile"]]
    profile["clips"]["count"] = {"train": 1, "val": 1, "test": clips}
    if looks is not None:
        profile["clips"]["looks"] = dict.fromkeys(profile["clips"]["looks"], looks)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        yaml.dump(parameters, folder / "params.yaml")
        for name in SHARED:
            (folder / name).symlink_to((project / name).resolve())
        for stage in STAGES:
            command = [sys.executable, "-m", *f"stages.{stage}".split()]
            environment = os.environ | {"PYTHONPATH": str(project.resolve())}
            if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
                raise UserError(f"stage {stage}: ended with the error above")
        return {name: json.loads((folder / file).read_text(encoding="utf-8")) for file, name in METRICS.items()}


def table(metrics: dict[str, dict[str, float | None]], rows: list[str]) -> str:
    """Some rows of the metrics as a Markdown table; fractions with three decimals."""
    names = list(metrics[rows[0]])
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for row in rows:
        lines.append(f"| {row} | {' | '.join(map(_shown, metrics[row].values()))} |")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def main() -> None:
    """Print the published table's rows, the detector's, and what a viewer sees, for the other clips."""
    parser = argparse.ArgumentParser(prog="python -m tools.other_clips", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the rendering; default: 1")
    parser.add_argument("--clips", type=int, default=60, help="how many; default: 60")
    parser.add_argument("--looks", type=float, help="share of clips that have each look; default: the profile's")
    given = parser.parse_args()
    metrics = score_other_clips(Path(), given.seed, given.clips, given.looks)
    print(table(metrics, [*PREDICTIONS, "result"]))
    print(table(metrics, ["detector"]))
    print(table(metrics, [*VIDEO.values()]))


if __name__ == "__main__":
    run(main)
