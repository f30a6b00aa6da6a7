"""Scores the trained models on rendered test clips of another seed: python -m tools.other_clips.

These clips are a held-out set: we tuned settings on the default test clips, and none on these. The pipeline's stages
run in a temporary folder, from rendering to the score, with this project's models. The project is not changed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.model_names import MODEL_NAMES, PREDICTIONS, RESULT

STAGES = [
    *("check", "prepare", "boxes", "detect", *(f"segment {model}" for model in MODEL_NAMES)),
    *("ensemble", "refine", "score", "score_video"),
]
SHARED = ("configs", "models", "weights")
METRICS = {"metrics.json": "result"} | {f"metrics/{name}.json": name for name in (*PREDICTIONS, "detector")}
VIDEO = {name: f"{name}, as a viewer sees it" for name in (*PREDICTIONS, RESULT)}
METRICS |= {f"metrics/video/{name}.json": title for name, title in VIDEO.items()}


def score_other_clips(
    project: Path, seed: int, clips: int, domain_randomization: float | None = None
) -> dict[str, dict[str, float | None]]:
    """The metrics of a project's models on rendered test clips, by row of the table.

    Args:
        project: The folder where the pipeline ran.
        seed: Random seed of the rendering.
        clips: Number of clips.
        domain_randomization: Share of clips with each kind of domain randomization; None for the profile's shares.

    Raises:
        PipelineError: The project has no models, or a stage fails. The stage reports its error itself.
    """
    if not (project / paths.model_file("detector")).is_file():
        raise PipelineError("models: missing; nothing is trained here yet: run `dvc repro` first")
    yaml = YAML()
    parameters = yaml.load(project / "params.yaml")
    parameters["data"]["source"] = "synthetic"
    parameters["synthetic"]["seed"] = seed
    profile = parameters["profiles"][parameters["profile"]]
    profile["clips"]["count"] = {"train": 1, "val": 1, "test": clips}
    if domain_randomization is not None:
        profile["clips"]["domain_randomization"] = dict.fromkeys(
            profile["clips"]["domain_randomization"], domain_randomization
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        yaml.dump(parameters, folder / "params.yaml")
        for name in SHARED:
            (folder / name).symlink_to((project / name).resolve())
        for stage in STAGES:
            command = [sys.executable, "-m", *f"stages.{stage}".split()]
            environment = os.environ | {"PYTHONPATH": str(project.resolve())}
            # stdout is for the tables.
            if subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=False).returncode:
                raise PipelineError(f"stage {stage}: failed with the error above")
        return {name: json.loads((folder / file).read_text(encoding="utf-8")) for file, name in METRICS.items()}


def table(metrics: dict[str, dict[str, float | None]], rows: list[str]) -> str:
    """Rows of the metrics as a Markdown table; fractions have three decimals."""
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
    """Print the metrics of the predictions, the detector and the video for the other clips."""
    parser = argparse.ArgumentParser(prog="python -m tools.other_clips", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="random seed of the rendering; default: 1")
    parser.add_argument("--clips", type=int, default=60, help="number of clips; default: 60")
    parser.add_argument(
        "--domain-randomization",
        type=float,
        help="share of clips with each kind of domain randomization; default: the profile's",
    )
    given = parser.parse_args()
    metrics = score_other_clips(Path(), given.seed, given.clips, given.domain_randomization)
    groups = [[*PREDICTIONS, "result"], ["detector"], [*VIDEO.values()]]
    print("\n\n".join(table(metrics, rows) for rows in groups))


if __name__ == "__main__":
    run(main)
