import os
import re
import time
from functools import partial
from pathlib import Path

import pytest

from face_parsing.pipeline import cluster
from face_parsing.pipeline.cluster import CLUSTER, connected
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.parallel import each
from tests.dask_cluster import cluster as dask_cluster


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
    assert list(each(partial(pow, 2), range(40), "powers")) == [2**n for n in range(40)]
    (threads,) = each(os.getenv, ["OMP_NUM_THREADS"], "environment")
    assert threads == "1"  # as Dask sets it for its workers


def test_a_fault_is_the_workers_own_line(named, tmp_path):
    with pytest.raises(UserError, match=rf"^{tmp_path}/none\.yaml: missing"):
        list(each(read_labels, [tmp_path / "none.yaml"], "reading"))


def test_a_task_that_kills_its_workers_is_named(named):
    with pytest.raises(UserError, match=r"^boxes: 9: every worker that took it died; expected enough memory"):
        list(each(os._exit, [9], "boxes"))
    assert list(each(abs, [-1], "abs")) == [1]  # others came


def test_of_short_tasks_that_go_in_batches_one_that_kills_its_workers_is_named(named):
    killer = "__import__('os')._exit(9)"
    results = []
    with pytest.raises(UserError, match=rf"^sums: {re.escape(killer)}: every worker that took it died"):
        results.extend(each(eval, [*(f"{n} + 1" for n in range(300)), killer, *["0"] * 9], "sums"))
    assert results == list(range(1, 301))


def test_a_scheduler_that_goes_away_is_one_line(tmp_path, monkeypatch, capfd):
    with dask_cluster(tmp_path) as workers:
        monkeypatch.setenv(CLUSTER, workers.address)
        results = each(time.sleep, [0.1] * 1000, "sleeping")
        next(results)
        workers.scheduler.kill()
        with pytest.raises(UserError, match=r"^sleeping: the scheduler went away; expected it to last as long as"):
            list(results)
    assert "Traceback" not in capfd.readouterr().err


def test_a_worker_with_other_code_refuses_to_work(named, monkeypatch):
    monkeypatch.setattr(cluster, "fingerprint", lambda: "another")
    with pytest.raises(UserError, match=r"^worker tcp://127\.0\.0\.1:\d+: other code or packages than here"):
        list(each(abs, [-1], "abs"))


def test_a_worker_that_does_not_see_the_projects_folder_refuses_to_work(named, monkeypatch):
    monkeypatch.setattr(Path, "cwd", lambda: Path("/nowhere"))
    with pytest.raises(UserError, match=r"^worker tcp://127\.0\.0\.1:\d+: no folder /nowhere; expected one that all"):
        list(each(abs, [-1], "abs"))


@pytest.mark.parametrize("given", ["nonsense", "host:8786", "http://host:8786", "tcp://host"])
def test_what_is_no_address_is_one_line(given):
    with pytest.raises(UserError, match=rf"^{CLUSTER}={given}: no address; expected a Dask scheduler's"):
        connected(given)
