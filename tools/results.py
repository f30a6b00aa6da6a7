"""Measures what the docs report: runs commands and writes what they print into docs/results, a page for each.

python -m tools.results [NAME ...] runs all commands or those named. Its option --check lists the pages that are older
than the code that they measure. If a command fails, its old page stays and the others run. Commands that need pictures
of yours are not in the list. Nor are the studies of tools.ablations: their experiments have commits of their own.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.outputs import atomic_file

PAGES = Path("docs/results")
PROCESSORS = Path("/proc/cpuinfo")
UNCOMMITTED = ", with uncommitted changes"
COMMIT = re.compile(rf"^\| commit \| (\w+)({UNCOMMITTED})? \|$", re.M)


@dataclass(frozen=True)
class Result:
    """A page of docs/results, and the command that prints its tables.

    Attributes:
        title: Heading of the page.
        shows: What the tables show.
        command: Command of the shell, as typed in the repository's folder; it prints Markdown to stdout.
        measures: Files and folders whose code or contents it measures, besides the modules that it runs.
        minutes: About how long it takes on two cores.
        trained: Whether it requires data/ and models/ of the recorded run.
    """

    title: str
    shows: str
    command: str
    measures: tuple[str, ...]
    minutes: int
    trained: bool = False

    @property
    def sources(self) -> list[str]:
        """The measured files and folders, and the files of the modules that the command runs."""
        modules = re.findall(r"-m (\S+)", self.command)
        return [*self.measures, *(f"{module.replace('.', '/')}.py" for module in modules)]


def _rooms(*names: str) -> tuple[str, ...]:
    return tuple(f"face_parsing/{name}" for name in names)


PARSING = _rooms("detector", "faces", "geometry", "grabcut", "parsing", "runtime", "segmenter")
RESULTS = {
    "training": Result(
        "Speed of the training",
        "The segmenters' training beside mmseg's own Runner, with the same model and batches.",
        "python -m tests.benchmarks.bench_training",
        (*_rooms("segmenter", "training"), "configs/segmenter", "configs/_base_/segmenter"),
        minutes=2,
    ),
    "runtime": Result(
        "Speed without torch",
        "The bundled models on images of 512 x 512, beside BiSeNet with random weights. BiSeNet parses a crop and "
        "finds no face. The start ends with the first label map.",
        "python -m tests.benchmarks.bench_runtime",
        (*PARSING, "weights/exported"),
        minutes=2,
    ),
    "steps": Result(
        "Speed of the steps",
        "Steps on 720p frames of 17 classes and one core, beside a straightforward implementation.",
        "python -m tests.benchmarks.bench_result",
        _rooms("grabcut", "metrics", "parsing", "segmenter"),
        minutes=1,
    ),
    "memory": Result(
        "Memory of the stages",
        "Peak memory of the largest process, by the number of clips.",
        "python -m tests.benchmarks.bench_memory",
        (
            *_rooms("clips", "compute", "grabcut", "metrics", "parsing"),
            *("stages/ensemble.py", "stages/refine.py", "stages/score.py"),
        ),
        minutes=2,
    ),
    "prepare": Result(
        "Speed of prepare",
        "The stage prepare on stills of 96 x 96 pixels in the layout of FaceSynthetics.",
        "python -m tests.benchmarks.bench_sources",
        (*_rooms("clips", "compute", "imaging", "sources"), "stages/prepare.py"),
        minutes=2,
    ),
    "grabcut": Result(
        "GrabCut by class",
        "Change of J and F in points when GrabCut refines ground truth that was made coarse in three ways. Nearest: at "
        "a quarter of the resolution. Smooth: blurred at 48 pixels, as by a network. Bent: blurred at 72 pixels and "
        "shifted by about 1% of the face. It refines all classes, or those of params.yaml. The defaults of the section "
        "`grabcut` come from this table.",
        "python -m tests.benchmarks.bench_grabcut",
        (*_rooms("grabcut", "metrics", "synthetic"), "params.yaml"),
        minutes=2,
    ),
    "video": Result(
        "Cost of the video measures and of temporal smoothing",
        "CPU time of one core on 720p frames with a face of 400 pixels, and the speed of `predict` on both cores.",
        "python -m tests.benchmarks.bench_flicker",
        (*_rooms("metrics", "motion", "parsing", "runtime"), "weights/exported"),
        minutes=1,
    ),
    "sizes": Result(
        "Sizes of the networks",
        "Operations are for one image at the size of inference. Memory is for a training in single precision, without "
        "temporary memory of convolutions.",
        "python -m tools.sizes",
        (*_rooms("detector", "segmenter", "training"), "configs", "params.yaml"),
        minutes=5,
    ),
    "rendered": Result(
        "The bundled models on rendered faces",
        "F1 on single pictures of another seed than the training's, with pixels summed over a group. Means are over "
        "the foreground classes.",
        "python -m tools.rendered --clips 400",
        (*PARSING, *_rooms("ground_truth", "metrics", "synthetic"), "weights/exported"),
        minutes=10,
    ),
    "oracle": Result(
        "What the resolution allows",
        "Scores of the ground truth of the 20 test clips, resized to a size and back.",
        "python -m tools.oracle",
        (*_rooms("geometry", "imaging", "metrics", "parsing"), "dvc.lock"),
        minutes=5,
        trained=True,
    ),
    "other-clips": Result(
        "The recorded run's models on held-out clips",
        "Scores of 60 rendered clips of another seed, never used for tuning.",
        "python -m tools.other_clips",
        (*PARSING, *_rooms("metrics", "motion", "synthetic"), "dvc.lock"),
        minutes=10,
        trained=True,
    ),
    "runtimes": Result(
        "Agreement of the runtimes",
        "The bundled models by onnxruntime and by torch on the frames of the 20 test clips.",
        "python -m tools.runtimes data/clips/JPEGImages/test_*",
        (*PARSING, *_rooms("export"), "weights/exported", "weights/models"),
        minutes=3,
        trained=True,
    ),
    "predict": Result(
        "Speed of predict",
        "The recorded run's models on four of its test clips, on the CPU, beside the libraries' own API for one image "
        "at a time.",
        "face-parsing export --project . >&2 && python -m tests.benchmarks.bench_predict",
        (*PARSING, *_rooms("export"), "dvc.lock"),
        minutes=10,
        trained=True,
    ),
    "inputs": Result(
        "Speed of predict on broken pictures",
        "The recorded run's models on pictures of 170 x 96 by `face-parsing predict --no-tracking`.",
        "python -m tests.benchmarks.bench_inputs --count 1000",
        (*PARSING, *_rooms("commands", "imaging", "media")),
        minutes=5,
        trained=True,
    ),
    "cluster": Result(
        "Speed of the stages on a cluster",
        "Stages of the default run on two cores, start included. The scheduler and the workers share the cores.",
        "python -m tests.benchmarks.bench_cluster",
        (*_rooms("compute"), "stages"),
        minutes=30,
        trained=True,
    ),
    "growth": Result(
        "Cost of the pipeline by number of clips",
        "Clips of two frames of 128 x 72 pixels, the bundled models, and trainings of one step. The last column of "
        "seconds and of memory is extrapolated.",
        "python -m tests.benchmarks.bench_growth",
        (*_rooms("clips", "compute"), "stages", "dvc.yaml"),
        minutes=60,
    ),
}


def page_of(name: str) -> Path:
    """The page of a result."""
    return PAGES / f"{name}.md"


def measure(name: str) -> float:
    """Run a result's command and write its page.

    Returns:
        Seconds that the command took.

    Raises:
        PipelineError: The command fails or prints no table, or there is no recorded run. The old page stays.
    """
    result = RESULTS[name]
    if result.trained and not paths.model_file("detector").is_file():
        raise PipelineError(f"{name}: no trained models here; expected `dvc repro` first")
    measured_at = _commit()
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    start = time.perf_counter()
    outcome = subprocess.run(
        result.command, shell=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"PATH": programs}, check=False
    )
    seconds = time.perf_counter() - start
    if outcome.returncode:
        raise PipelineError(f"{name}: `{result.command}` failed with exit status {outcome.returncode}")
    if "|---" not in outcome.stdout:
        raise PipelineError(f"{name}: `{result.command}` printed no table")
    facts = {
        "command": f"`{result.command}`",
        "commit": measured_at,
        "date": date.today().isoformat(),
        "machine": _machine(),
        "time": f"{seconds:.0f} s",
    }
    lines = [
        f"# {result.title}\n",
        f"<!-- Written by `python -m tools.results {name}`. -->\n",
        f"{result.shows}\n",
        f"{outcome.stdout.strip()}\n",
        "| measured | |\n|---|---|",
        *(f"| {fact} | {value} |" for fact, value in facts.items()),
    ]
    with atomic_file(page_of(name)) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return seconds


def state(name: str) -> str:
    """Whether a result's page is up to date, older than the code, or missing.

    It is up to date if what it measures is the same here as in the commit that the page names.

    Raises:
        PipelineError: The page names no commit.
    """
    try:
        page = page_of(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return "never run"
    found = COMMIT.search(page)
    if found is None:
        raise PipelineError(f"{page_of(name)}: no commit; expected a page that tools.results wrote")
    commit, uncommitted = found.groups()
    if uncommitted:
        return f"older than the code: of {commit}{uncommitted}"
    try:
        changed = _git("diff", "--name-only", commit, "--", *RESULTS[name].sources).splitlines()
    except PipelineError:
        return f"older than the code: commit {commit} is not in this repository"
    if changed:
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        return f"older than the code: since {commit}, {changed[0]}{others} changed"
    return "up to date"


def _commit() -> str:
    """The short hash of the current commit, and whether anything but the docs differs from it."""
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return _git("rev-parse", "--short", "HEAD").strip() + (UNCOMMITTED if changed else "")


def _git(*arguments: str) -> str:
    outcome = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise PipelineError(f"git {arguments[0]}: {outcome.stderr.strip()}")
    return outcome.stdout


def _machine() -> str:
    """The machine without its name: the model of the CPU, the number of cores, the versions of Python and torch."""
    models = re.findall(r"^model name\s*: (.*)", PROCESSORS.read_text(), re.M) if PROCESSORS.exists() else []
    model = models[0] if models else platform.processor()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}"


def main() -> None:
    """Run the commands, or list the pages."""
    parser = argparse.ArgumentParser(prog="python -m tools.results", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"default: all of {', '.join(RESULTS)}")
    parser.add_argument("--check", action="store_true", help="run nothing; list the pages and how old they are")
    given = parser.parse_args()
    names = given.names or list(RESULTS)
    for name in names:
        if name not in RESULTS:
            raise PipelineError(f"{name}: no such result; expected some of {', '.join(RESULTS)}")
    if given.check:
        for name in names:
            needs = ", after `dvc repro`" if RESULTS[name].trained else ""
            print(f"{name:12} {state(name)} (about {RESULTS[name].minutes} min{needs})")
        return
    failures = []
    for name in names:
        print(f"{name}: about {RESULTS[name].minutes} min", file=sys.stderr)
        try:
            print(f"{page_of(name)}: {measure(name):.0f} s", flush=True)
        except PipelineError as error:
            failures.append(str(error))
    if failures:
        raise PipelineError(*failures)


if __name__ == "__main__":
    run(main)
