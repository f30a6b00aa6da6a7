"""`face-parsing predict --input-list` over many inputs: killed, and started again until everything is there."""

import csv
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.face_parsing.sources.folders import write_image
from tests.repositories import environment, run, succeed

pytestmark = pytest.mark.dvc

COUNT = 200
BROKEN = 17  # the number of the input that is no picture
KILLS = 10
PREDICT = ["face-parsing", "predict", "--project", ".", "--whole-frame", "--input-list", "list.txt", "--output", "out"]


def results(output: Path) -> dict[str, int]:
    """The inode of every result by name, in its place since it was whole."""
    folders = [path for path in output.glob("[!.]*/[!.]*") if path.is_dir()]
    return {str(path.relative_to(output)): path.stat().st_ino for path in folders}


def manifest(output: Path) -> list[dict[str, str]]:
    with (output / "manifest.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_predict_killed_at_ten_random_moments_does_everything_once(project):
    rng, draws = np.random.default_rng(0), random.Random(0)
    names = [f"{number % 3}/{number:03d}" for number in range(COUNT)]
    for number, name in enumerate(names):
        write_image(project / f"in/{name}.png", rng.integers(0, 256, (48, 64, 3), np.uint8))
        if number == BROKEN:
            (project / f"in/{name}.png").write_bytes(b"no picture")
    (project / "list.txt").write_text("".join(f"in/{name}.png\n" for name in names))
    output, whole = project / "out", {}
    for _ in range(KILLS):
        with subprocess.Popen(PREDICT, cwd=project, env=environment(), stderr=subprocess.DEVNULL) as running:
            begun = len(whole)
            while running.poll() is None and len(results(output)) == begun:
                time.sleep(0.01)
            time.sleep(draws.uniform(0, 0.5))
            running.send_signal(signal.SIGKILL)
        found = results(output)
        assert whole.items() <= found.items(), "what was whole was done again"
        assert begun < len(found) < COUNT - 1, "the kill came before, or after, all of the work"
        whole = found
    ended = run(project, *PREDICT)
    assert ended.returncode == 1 and "1 inputs could not be parsed" in ended.stdout
    found = results(output)
    assert whole.items() <= found.items()
    assert found.keys() == {name for number, name in enumerate(names) if number != BROKEN}
    for name in found:
        stem = Path(name).name
        assert {path.name for path in (output / name).iterdir()} == {f"{stem}.png", f"{stem}_overlay.jpg", "faces.csv"}
    assert [path for path in output.rglob(".*") if path.is_file() or any(path.iterdir())] == []
    rows = manifest(output)
    assert sorted(row["name"] for row in rows) == sorted(names)
    assert [row["name"] for row in rows if row["outcome"] != "done"] == [names[BROKEN]]
    assert run(project, *PREDICT).returncode == 1  # the broken one is tried again
    assert results(output) == found and len((output / "manifest.csv").read_bytes().splitlines()) == COUNT + 1


@pytest.mark.slow
def test_a_run_goes_on_with_what_is_new_and_refuses_other_options(project):
    for name in ("a", "b"):
        write_image(project / f"in/{name}/0.png", np.full((48, 64, 3), 90, np.uint8))
    tree = ["face-parsing", "predict", "--project", ".", "--whole-frame", "--recursive", "in", "--output", "out"]
    assert "2 of 2 inputs parsed, 0 of them earlier: out/manifest.csv" in succeed(project, *tree)
    first = {path: path.stat().st_ino for path in (project / "out").iterdir() if path.is_dir()}
    write_image(project / "in/b/1.png", np.full((48, 64, 3), 90, np.uint8))
    assert "2 of 2 inputs parsed, 1 of them earlier" in succeed(project, *tree)
    assert (project / "out/a").stat().st_ino == first[project / "out/a"]
    assert sorted(path.name for path in (project / "out/b").glob("?.png")) == ["0.png", "1.png"]
    outcome = run(project, *tree, "--no-tracking")
    assert outcome.returncode == 1 and "out/predict.json: made by other models or with other options" in outcome.stdout
