"""Repositories of their own with this working tree's files, in which the tests drive the real DVC."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from face_parsing.core.model_names import MODEL_NAMES

ROOT = Path(__file__).parent.parent
SEGMENTERS = [f"train_segmenter@{model}" for model in MODEL_NAMES]
TRAININGS = ["train_detector", "train_backbone", *SEGMENTERS]
SMALLEST_OF_A_PROFILE = {
    "clips.count": {"train": 3, "val": 1, "test": 2},
    "clips.frames": {"train": 6, "val": 6, "test": 6},
    "clips.width": 160,
    "clips.height": 96,
    "machine.cpu_processes": 1,  # a second process takes longer to start than these trainings
    "detector.iterations": 4,
    "detector.batch_size": 2,
    "backbone.iterations": 4,
    "backbone.batch_size": 2,
    "backbone.crop_size": 64,
    "segmenter.iterations": 4,
    "segmenter.batch_size": 2,
    "segmenter.crop_size": 64,
    "test.segment.crop_size": 64,
}
COLUMNS = {"JF", "J_mean", "J_recall", "J_decay", "F_mean", "F_recall", "F_decay"}  # of the metrics of a prediction
SMALLEST = {f"profiles.mini.{key}": value for key, value in SMALLEST_OF_A_PROFILE.items()}


def environment(**additional: str) -> dict[str, str]:
    """This process's environment with its Python's programs first, and an author for git."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    author = {f"GIT_{role}_{field}": "test" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    return os.environ | author | additional | {"PATH": programs}


def run(project: Path, *command: str, **additional: str) -> subprocess.CompletedProcess:
    """Run a command in a project, its two streams as one."""
    return subprocess.run(
        command,
        cwd=project,
        env=environment(**additional),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


# A process starts with the peak of the one that started it, so that this one must be small, as the test's is not.
STARTER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(code)
"""


def run_measured(project: Path, *command: str, **additional: str) -> tuple[subprocess.CompletedProcess, int]:
    """Run a command as :func:`run` does; also returns the most memory that one of its processes took, in KiB."""
    with tempfile.NamedTemporaryFile("r") as peak:
        outcome = run(project, sys.executable, "-c", STARTER, peak.name, *command, **additional)
        return outcome, int(peak.read())


def succeed(project: Path, *command: str, **additional: str) -> str:
    """Run a command that has to succeed, and return what it printed."""
    outcome = run(project, *command, **additional)
    assert outcome.returncode == 0, f"{' '.join(command)}\n{outcome.stdout[-5000:]}"
    return outcome.stdout


def set_parameters(project: Path, changes: dict[str, object]) -> None:
    path = project / "params.yaml"
    tree = yaml.safe_load(path.read_text())
    for key, value in changes.items():
        *sections, name = key.split(".")
        section = tree
        for step in sections:
            section = section[step]
        section[name] = value
    path.write_text(yaml.safe_dump(tree))


def commit(project: Path, message: str) -> None:
    """Commit every change, and every new file that git does not ignore."""
    succeed(project, "git", "add", "--all")
    succeed(project, "git", "commit", "--quiet", "--message", message)


def out_of_date(project: Path) -> set[str]:
    return set(json.loads(succeed(project, "dvc", "status", "--json")))


def new_repository(project: Path, parameters: dict[str, object]) -> Path:
    """A repository of this working tree's files but for dvc.lock, with some parameters changed."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file() and name != "dvc.lock":
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, project / name)
    set_parameters(project, parameters)
    succeed(project, "git", "init", "--quiet")
    return project


def metrics(project: Path) -> dict[str, dict[str, float]]:
    """What `dvc metrics show` prints, by file."""
    shown = json.loads(succeed(project, "dvc", "metrics", "show", "--json"))
    return {path: file["data"] for path, file in shown[""]["data"].items()}


def trained(log: str) -> set[str]:
    """The trainings that a log of DVC says were run, and not restored."""
    return {stage for stage in re.findall(r"Running stage '(\S+)'", log) if stage in TRAININGS}
