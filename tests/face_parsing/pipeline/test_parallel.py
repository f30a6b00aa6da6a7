import os

from face_parsing.pipeline.parallel import each


def late_when_early(task: int) -> tuple[int, int]:
    sum(range((10 - task) * 100_000))
    return task, os.getpid()


def test_results_come_in_the_order_of_the_tasks():
    done = list(each(late_when_early, range(10), "test"))
    assert [task for task, _ in done] == list(range(10))
