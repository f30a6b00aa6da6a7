"""The pipeline's own stages, and predict, on a cluster of two workers: the bytes of this machine, whatever happens."""

import csv
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from face_parsing.compute.cluster import CLUSTER
from tests.dask_cluster import Cluster, cluster
from tests.face_parsing.sources.folders import write_image
from tests.repositories import environment, run, succeed

pytestmark = pytest.mark.dvc

SEGMENT = "segment@ocrnet"
SPREAD = ["prepare", "boxes", "detect", "crop", SEGMENT, "ensemble", "refine", "score", "score_video"]
MADE_BY = {SEGMENT: "data/predictions/.ocrnet.partial/*/*.png", "refine": "data/.results.partial/*/*.png"}
AGAIN = ["dvc", "repro", "--force", "--single-item"]
WAIT = 120.0  # seconds


def assert_same_bytes(project: Path) -> None:
    assert succeed(project, "git", "diff", "--", "dvc.lock", "metrics", "metrics.json") == ""


@pytest.mark.slow
def test_a_cluster_makes_the_bytes_of_this_machine(project, tmp_path):
    with cluster(tmp_path) as workers:
        log = succeed(project, *AGAIN, *SPREAD, **{CLUSTER: workers.address})
    assert_same_bytes(project)
    assert "distributed" not in log


@pytest.mark.slow
@pytest.mark.parametrize("stage", [SEGMENT, "refine"])
def test_a_worker_that_is_killed_amid_a_stage_costs_nothing(project, tmp_path, stage):
    with cluster(tmp_path) as workers:
        lost_amid(project, workers, [*AGAIN, stage], MADE_BY[stage], signal.SIGKILL)
    assert_same_bytes(project)


@pytest.mark.slow
def test_a_worker_that_hangs_amid_a_stage_costs_nothing(project, tmp_path):
    with cluster(tmp_path, worker_ttl="8 s") as workers:
        lost_amid(project, workers, [*AGAIN, "refine"], MADE_BY["refine"], signal.SIGSTOP)
    assert_same_bytes(project)


@pytest.mark.slow
def test_a_worker_that_is_killed_amid_predict_costs_nothing(project, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(12):
        write_image(project / f"in/{number:02d}/0.png", rng.integers(0, 256, (48, 64, 3), np.uint8))
    (project / "in/05/0.png").write_bytes(b"no picture")
    predict = ["face-parsing", "predict", "--project", ".", "--whole-frame", "--recursive", "in", "--output"]
    assert run(project, *predict, "here").returncode == 1
    with cluster(tmp_path) as workers:
        log = lost_amid(project, workers, [*predict, "there"], "there/*/*.png", signal.SIGKILL, returns=1)
    assert "skipped: in/05" in log and "1 inputs could not be parsed" in log
    made = {path.relative_to(project / "here"): path for path in (project / "here").glob("*/*")}
    assert len(made) == 11 * 3
    for name, path in made.items():
        assert (project / "there" / name).read_bytes() == path.read_bytes(), name
    with (project / "there/manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [f"{number:02d}" for number in range(12)]
    assert [row["name"] for row in rows if row["outcome"] != "done"] == ["05"]


def lost_amid(
    project: Path, workers: Cluster, command: list[str], made: str, how: signal.Signals, returns: int = 0
) -> str:
    """Run a command whose first worker stands still until the other one has made something, and is lost then.

    Returns what the command printed.
    """
    lost = workers.worker(0)
    lost.send_signal(signal.SIGSTOP)
    settings = environment(**{CLUSTER: workers.address})
    with subprocess.Popen(
        command, cwd=project, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        until = time.monotonic() + WAIT
        while not list(project.glob(made)):
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        time.sleep(1)
        assert running.poll() is None, "the command did not wait for what the first worker has"
        if how != signal.SIGSTOP:
            lost.send_signal(how)
        log, _ = running.communicate(timeout=WAIT)
    assert running.returncode == returns, log
    return log


def test_a_scheduler_that_is_not_there_is_one_line(project):
    outcome = run(project, "python", "-m", "stages.boxes", **{CLUSTER: "tcp://127.0.0.1:9"})
    assert outcome.returncode == 1
    assert outcome.stdout.startswith(f"error: {CLUSTER}=tcp://127.0.0.1:9: no scheduler answers")
    assert len(outcome.stdout.splitlines()) == 1
