"""Parallel work in threads, which helps because torch's and OpenCV's operators release Python's lock."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """Return the cores this process may use: OMP_NUM_THREADS, which Dask sets for its workers, or all of them."""
    requested = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return (int(requested) if requested.isdecimal() else 0) or os.cpu_count() or 1


THREADS = 2
CORES = max(cores() // THREADS, 1)  # per thread, for its operators


def in_threads(function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order.

    At most one task more than there are threads is in memory, even if the results are read slowly. If the process has
    loaded torch, its operators use CORES in each thread; at the end, torch's number of threads is restored.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0

    def use_cores() -> None:
        if torch:
            torch.set_num_threads(CORES)

    try:
        with ThreadPoolExecutor(THREADS, initializer=use_cores) as pool:
            started: deque[Future[Result]] = deque()
            for task in tasks:
                started.append(pool.submit(function, task))
                if len(started) > THREADS:
                    yield started.popleft().result()
            while started:
                yield started.popleft().result()
    finally:
        if torch:
            torch.set_num_threads(before)
