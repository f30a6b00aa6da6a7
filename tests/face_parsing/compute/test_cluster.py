import os
import re
import time
from functools import partial
from pathlib import Path

import pytest

from face_parsing.compute import cluster
from face_parsing.compute.cluster import CLUSTER, connected
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from tests.dask_cluster import cluster as dask_cluster

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as workers:
        yield workers.address
        connected(workers.address).close()


@pytest.fixture
def named(address, monkeypatch):
    """The environment names a scheduler with two workers."""
    monkeypatch.setenv(CLUSTER, address)


def test_results_come_in_the_order_of_the_tasks_from_the_workers(named):
    assert list(parallel_map(partial(pow, 2), range(40), "powers")) == [2**n for n in range(40)]
    (threads,) = parallel_map(os.getenv, ["OMP_NUM_THREADS"], "environment")
    assert threads == "1"  # as Dask sets it for its workers


def test_a_fault_is_the_workers_own_line(named, tmp_path):
    with pytest.raises(PipelineError, match=rf"^{tmp_path}/none\.yaml: missing"):
        list(parallel_map(read_labels, [tmp_path / "none.yaml"], "reading"))


def test_a_task_that_kills_its_workers_is_named(named):
    with pytest.raises(PipelineError, match=r"^boxes: 9: every worker that ran it died; expected enough memory"):
        list(parallel_map(os._exit, [9], "boxes"))
    assert list(parallel_map(abs, [-1], "abs")) == [1]  # others came


def test_of_short_tasks_that_go_in_batches_one_that_kills_its_workers_is_named(named):
    killer = "__import__('os')._exit(9)"
    results = []
    with pytest.raises(PipelineError, match=rf"^sums: {re.escape(killer)}: every worker that ran it died"):
        results.extend(parallel_map(eval, [*(f"{n} + 1" for n in range(300)), killer, *["0"] * 9], "sums"))
    assert results == list(range(1, 301))


def test_a_scheduler_that_goes_away_is_one_line(tmp_path, monkeypatch, capfd):
    with dask_cluster(tmp_path) as workers:
        monkeypatch.setenv(CLUSTER, workers.address)
        results = parallel_map(time.sleep, [0.1] * 1000, "sleeping")
        next(results)
        workers.scheduler.kill()
        with pytest.raises(PipelineError, match=r"^sleeping: the scheduler stopped; expected it to run until"):
            list(results)
    assert "Traceback" not in capfd.readouterr().err


def test_a_worker_with_other_code_refuses_to_work(named, monkeypatch):
    monkeypatch.setattr(cluster, "environment_digest", lambda: "another")
    with pytest.raises(PipelineError, match=r"^worker tcp://127\.0\.0\.1:\d+: code or packages differ from the main"):
        list(parallel_map(abs, [-1], "abs"))


def test_a_worker_that_does_not_see_the_projects_folder_refuses_to_work(named, monkeypatch):
    monkeypatch.setattr(Path, "cwd", lambda: Path("/nowhere"))
    with pytest.raises(
        PipelineError, match=r"^worker tcp://127\.0\.0\.1:\d+: folder /nowhere is missing; expected a folder that all"
    ):
        list(parallel_map(abs, [-1], "abs"))


@pytest.mark.parametrize("given", ["nonsense", "host:8786", "http://host:8786", "tcp://host"])
def test_what_is_no_address_is_one_line(given):
    with pytest.raises(PipelineError, match=rf"^{CLUSTER}={given}: not an address; expected a Dask scheduler's"):
        connected(given)
