"""The pipeline's own stages on a cluster of two workers: the bytes of this machine, whatever becomes of a worker."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from face_parsing.pipeline.cluster import CLUSTER
from tests.dask_cluster import Cluster, cluster
from tests.repositories import environment, run, succeed

SEGMENT = "segment@ocrnet"
SPREAD = ["prepare", "boxes", "detect", "crop", SEGMENT, "ensemble", "refine", "score", "score_video"]
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
        lost_amid(project, workers, stage, signal.SIGKILL)
    assert_same_bytes(project)


@pytest.mark.slow
def test_a_worker_that_hangs_amid_a_stage_costs_nothing(project, tmp_path):
    with cluster(tmp_path, worker_ttl="8 s") as workers:
        lost_amid(project, workers, "refine", signal.SIGSTOP)
    assert_same_bytes(project)


def lost_amid(project: Path, workers: Cluster, stage: str, how: signal.Signals) -> None:
    """Run a stage whose first worker stands still until the other one has written something, and is lost then."""
    name = {"refine": "results", SEGMENT: "predictions/ocrnet"}[stage]
    partial = project / "data" / Path(name).parent / f".{Path(name).name}.partial"
    lost = workers.worker(0)
    lost.send_signal(signal.SIGSTOP)
    command = [*AGAIN, stage]
    settings = environment(**{CLUSTER: workers.address})
    with subprocess.Popen(command, cwd=project, env=settings, stdout=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + WAIT
        while not list(partial.glob("*/*.png")):
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        time.sleep(1)
        assert running.poll() is None, "the stage did not wait for what the first worker has"
        if how != signal.SIGSTOP:
            lost.send_signal(how)
        log, _ = running.communicate(timeout=WAIT)
    assert running.returncode == 0, log


def test_a_scheduler_that_is_not_there_is_one_line(project):
    outcome = run(project, "python", "-m", "stages.boxes", **{CLUSTER: "tcp://127.0.0.1:9"})
    assert outcome.returncode == 1
    assert outcome.stdout.startswith(f"error: {CLUSTER}=tcp://127.0.0.1:9: no scheduler answers there")
    assert len(outcome.stdout.splitlines()) == 1
