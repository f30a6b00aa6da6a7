"""Parallel work per clip, in order and with a progress bar: joblib on this machine's cores, or Dask on a cluster.

The environment chooses between them (see :mod:`face_parsing.compute.cluster`). The results are the same.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

import cv2
from tqdm import tqdm

from face_parsing.compute.cluster import cluster_map, connected, scheduler
from face_parsing.core.errors import PipelineError
from face_parsing.core.framework_warnings import suppress_framework_warnings

Task = TypeVar("Task")
Result = TypeVar("Result")


def _in_worker(function: Callable[[Task], Result], task: Task) -> Result:
    suppress_framework_warnings()
    # One process per core already keeps the machine busy; OpenCV's own threads would compete with them.
    cv2.setNumThreads(1)
    return function(task)


def parallel_map(
    function: Callable[[Task], Result], tasks: Iterable[Task], title: str, in_process: bool = False
) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order, with one worker process per core.

    joblib chooses the number of workers on this machine (LOKY_MAX_CPU_COUNT bounds it); a cluster has its own.

    Args:
        function: The work on one task. It reads and writes files, so that little passes between processes.
        tasks: The tasks, such as one clip each.
        title: Title of the progress bar.
        in_process: Whether work on this machine stays in this process, one task after another, as for a network on a
            GPU.

    Raises:
        PipelineError: a worker was killed, such as for lack of memory, or
            :func:`face_parsing.compute.cluster.cluster_map` fails.
    """
    tasks = list(tasks)
    results: Iterable[Result]
    killed: tuple[type[Exception], ...] = ()
    if address := scheduler():
        results = cluster_map(connected(address), partial(_in_worker, function), tasks, title)
    elif in_process:
        results = map(function, tasks)
    else:
        # Imported here: predict takes its inputs one after another, and an installation without joblib can too.
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        killed = (TerminatedWorkerError,)
        results = Parallel(n_jobs=-1, return_as="generator")(delayed(_in_worker)(function, task) for task in tasks)
    try:
        yield from tqdm(results, desc=title, total=len(tasks), mininterval=1.0, dynamic_ncols=True)
    except killed:
        raise PipelineError(f"{title}: a worker process was killed; expected enough memory for one per core") from None
