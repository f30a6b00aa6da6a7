import os
import threading
import time

import pytest
import torch

from face_parsing.compute.threads import CORES, THREADS, cores, in_threads


def test_results_come_in_the_tasks_order_though_later_ones_are_ready_first():
    def late(number: int) -> int:
        time.sleep(0.02 if number % 2 == 0 else 0)
        return number

    assert list(in_threads(late, range(9))) == list(range(9))


def test_tasks_are_worked_on_side_by_side():
    together = threading.Barrier(THREADS, timeout=10)
    list(in_threads(lambda _: together.wait(), range(2 * THREADS)))


def test_no_more_tasks_are_taken_than_the_results_taker_keeps_up_with():
    taken = []
    results = in_threads(lambda task: task, (taken.append(i) or i for i in range(100)))
    for done in range(1, 20):
        next(results)
        time.sleep(0.001)
        assert len(taken) <= done + THREADS


def test_a_fault_in_a_task_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda number: 1 // number, [1, 0, 1]))


def test_operators_use_a_threads_share_of_the_cores():
    assert set(in_threads(lambda _: torch.get_num_threads(), range(4))) == {CORES}


@pytest.mark.parametrize(("asked", "found"), [("3", 3), ("5,2", 5), ("", None), ("0", None), ("all", None)])
def test_one_process_of_many_takes_as_many_cores_as_openmp_is_told(monkeypatch, asked, found):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert cores() == (found or os.cpu_count())
