"""Every command, given damaged files among sound ones: no traceback, a line an input, and the others' results whole."""

import hashlib
import random
import re
import shutil
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from joblib.externals.loky import get_reusable_executor

from face_parsing.commands.command_line import parser
from face_parsing.core.errors import PipelineError
from face_parsing.imaging.label_maps import read_label_map
from stages import report
from tests.fuzz import originals
from tests.fuzz.mutation import FAST, SEED, SLOW, cases, damage
from tests.repositories import run_measured

pytestmark = pytest.mark.integration

ONE_RUN = 100  # damaged inputs of one predict
SECONDS = 180  # that it may take; five are usual, and as many to start
MEMORY = 3 * 2**20  # KiB that it may take, of which torch and the networks have a third
SOUND = ["sound0.png", "sound1.png", "sound2.png"]
TEXTS = {".csv", ".json", ".yaml", ".txt"}


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder and its checksum, Python's own left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write_inputs(folder: Path, rng: random.Random, videos: list[bytes]) -> list[str]:
    """Write damaged images, videos, and folders that hold one, among sound images; returns the names."""
    folder.mkdir()
    names = []
    for index in range(ONE_RUN):
        kind = rng.choice(["image", "image", "video", "folder"])
        data = damage(rng, videos if kind == "video" else originals.images())
        name = f"input{index}{rng.choice(['.mp4', '.avi', '.mkv', '.txt', '.jpg', '.png'])}"
        if kind == "folder":
            (folder / name).mkdir()
            (folder / name / "a.jpg").write_bytes(data)
            (folder / name / "b.png").write_bytes(originals.images()[4])
        else:
            (folder / name).write_bytes(data)
        names.append(name)
    for name in SOUND:
        (folder / name).write_bytes(originals.images()[4])
        names.insert(rng.randrange(len(names)), name)
    return names


def predict_damaged(project: Path, number: int) -> None:
    """Run predict on inputs of the given seed.

    Raises:
        AssertionError: it printed a traceback, an input has neither results nor a line, or a file was touched.
    """
    rng = random.Random(1000 * SEED + number)
    (project / "made").mkdir()
    names = write_inputs(project / "inputs", rng, originals.videos(project / "made"))
    before = tree(project)
    start = time.perf_counter()
    inputs = [f"inputs/{name}" for name in names]
    outcome, memory = run_measured(project, "face-parsing", "predict", "--project", ".", *inputs, "--output", "out")
    assert time.perf_counter() - start < SECONDS
    assert memory < MEMORY
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout, outcome.stdout
    lines = [line for line in re.split(r"[\r\n]+", outcome.stdout) if line.strip() and "%|" not in line]
    summary = r"\d+ faces in \d+ frames, by torch: out$"
    expected = rf"skipped: inputs/|error: \d+ files could not be parsed; see the errors above$|{summary}"
    others = [line for line in lines if not re.match(expected, line)]
    assert others == [], f"FUZZ_SEED={SEED}, run {number}: {others}"
    table = pd.read_csv(project / "out/faces.csv", dtype=str, keep_default_na=False)
    for name in names:
        told = [line for line in lines if re.match(rf"skipped: inputs/{re.escape(name)}(/\S*)?: ", line)]
        folder = project / "out" / (name if (project / "inputs" / name).is_dir() else Path(name).stem)
        maps = sorted(folder.glob("*.png"))
        assert len(told) == 1 or (not told and maps), f"FUZZ_SEED={SEED}, run {number}: {name}: {told}"
        assert [read_label_map(path).ndim for path in maps] == [2] * len(maps)
        assert set(table.loc[table["clip"] == folder.name, "frame"]) == {path.stem for path in maps}
    sound = [read_label_map(project / "out" / Path(name).stem / f"{Path(name).stem}.png") for name in SOUND]
    assert all(np.array_equal(one, sound[0]) for one in sound)
    shutil.rmtree(project / "out")
    assert tree(project) == before


@pytest.mark.parametrize("number", range(FAST // ONE_RUN))
def test_predict_tells_of_each_damaged_input_and_parses_the_others(project, number):
    predict_damaged(project, number)


@pytest.mark.slow
def test_predict_goes_through_a_thousand_damaged_inputs(project):
    for number in range(SLOW // ONE_RUN):
        predict_damaged(project, FAST // ONE_RUN + number)
        shutil.rmtree(project / "inputs")
        shutil.rmtree(project / "made")


@dataclass(frozen=True)
class Command:
    """What is run (nothing: the stage report), files one of which is damaged, and what it writes.

    It runs ``slow`` times as seldom as the quickest ones.
    """

    line: str
    files: list[str]
    outputs: list[str]
    slow: int = 1

    def run(self) -> None:
        """Run it in this process."""
        if not self.line:
            report.main()
            return
        arguments = parser().parse_args(self.line.split())
        import_module(f"face_parsing.commands.{arguments.command.replace('-', '_')}").main(arguments)


MODELS = [f"models/{name}.pth" for name in ("detector", "ocrnet", "eanet_add", "eanet_cat")]
RECORDS = [path.replace(".pth", ".provenance.json") for path in MODELS]
NETWORKS = ["exported/models.json", *(f"exported/{Path(path).stem}.onnx" for path in MODELS)]
SETTINGS = ["params.yaml", "data/labels.yaml"]
RESULTS = ["data/results/*/*.png", "data/clips/ImageSets/*.txt"]
PLOTS = ["plots/*.csv", "plots/worst/*/*/*"]
VAL = ["data/clips/Annotations/val_*/*", "data/clips/JPEGImages/val_*/*"]
SCORE = "score --truth data/clips/Annotations --prediction data/results --labels data/labels.yaml --output out.json"
PREDICT = "predict --project . data/clips/JPEGImages/test_000 --output out"
COMMANDS = {
    "submission": Command(
        "submission --output out.zip", [*RESULTS, "data/labels.yaml", "data/clips/JPEGImages/test_*/*"], ["out.zip"]
    ),
    "report": Command(
        "", ["plots/*.csv", "metrics/*.json", "metrics.json", "plots/worst/*/*/*", SETTINGS[1]], [], slow=5
    ),
    "provenance": Command(f"provenance {' '.join(MODELS)}", RECORDS, [], slow=5),
    "score": Command(SCORE, [*RESULTS, "data/clips/Annotations/test_*/*", *SETTINGS], ["out*"], slow=10),
}
WITH_NETWORKS = {
    "find-label-errors": Command(
        "find-label-errors --project . --split val --output out.csv",
        [*VAL, *MODELS, *SETTINGS],
        ["out.csv"],
        slow=40,
    ),
    "inspect": Command(
        "inspect --project . --output out.jpg", [*VAL, RESULTS[1], *MODELS, *SETTINGS], ["out.jpg"], slow=40
    ),
    "export": Command("export --project .", MODELS, ["exported"], slow=100),
    "predict": Command(PREDICT, [*MODELS, *SETTINGS], ["out"], slow=20),
    "predict given faces": Command(f"{PREDICT} --faces data/faces.csv", ["data/faces.csv"], ["out"], slow=20),
    "predict by onnx": Command(f"{PREDICT} --runtime onnx", NETWORKS, ["out"], slow=20),
}


def run_on_damaged(project: Path, name: str, number: int) -> None:
    """Run a command so many times in this process, each time with one damaged file.

    Raises:
        AssertionError: it raised anything but a line, or changed a file that is none of its outputs.
    """
    chosen = (COMMANDS | WITH_NETWORKS)[name]
    files = sorted({path for pattern in chosen.files for path in project.glob(pattern)})
    before = tree(project)

    @cases(number // chosen.slow)
    @given(st.integers(0, 2**64 - 1))
    def one(drawn: int) -> None:
        rng = random.Random(drawn)
        path = rng.choice(files)
        sound = path.read_bytes()
        note(f"FUZZ_SEED={SEED}, {path.relative_to(project)} is damaged")
        path.write_bytes(damage(rng, [sound], originals.TOKENS if path.suffix in TEXTS else ()))
        try:
            chosen.run()
        except PipelineError as fault:
            assert "Traceback" not in str(fault) and str(fault)
        finally:
            path.write_bytes(sound)

    one()
    if chosen.line:
        for path in [path for pattern in chosen.outputs for path in project.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        chosen.run()  # as before: its last case was of a damaged file, perhaps
    assert tree(project) == before


@pytest.fixture
def inside(project, monkeypatch) -> Path:
    """The project, in which this process and joblib's workers are."""
    monkeypatch.chdir(project)
    get_reusable_executor().shutdown()
    return project


@pytest.mark.parametrize("name", COMMANDS)
def test_a_damaged_file_in_the_project_is_one_line(name, inside):
    run_on_damaged(inside, name, FAST)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_thousand_damaged_files_in_the_project_are_one_line_each(name, inside):
    run_on_damaged(inside, name, SLOW)


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_NETWORKS)
def test_a_damaged_file_of_those_that_the_networks_take_is_one_line(name, inside, request):
    if name == "predict by onnx":
        shutil.copytree(request.getfixturevalue("exported") / "exported", inside / "exported")
    run_on_damaged(inside, name, SLOW)
