import os
import signal

import pytest

from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError


def late_when_early(task: int) -> tuple[int, int]:
    sum(range((10 - task) * 100_000))
    return task, os.getpid()


def test_results_come_in_the_order_of_the_tasks():
    done = list(parallel_map(late_when_early, range(10), "test"))
    assert [task for task, _ in done] == list(range(10))


def kill_itself(task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_one_line():
    with pytest.raises(PipelineError, match=r"^boxes: a worker process was killed; expected enough memory"):
        list(parallel_map(kill_itself, range(3), "boxes"))
