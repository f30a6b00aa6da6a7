"""Work spread over clips, in order and with progress: over this machine's cores by joblib, or over a cluster by Dask.

Where it runs is the environment's affair (see :mod:`face_parsing.pipeline.cluster`); the results do not depend on it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

import cv2
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from tqdm import tqdm

from face_parsing.pipeline.cluster import connected, each_on_cluster, scheduler
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.hush import hush_frameworks

Task = TypeVar("Task")
Result = TypeVar("Result")


def _in_worker(function: Callable[[Task], Result], task: Task) -> Result:
    hush_frameworks()
    # One process a core already keeps the machine busy; OpenCV's own threads would only fight for the cores.
    cv2.setNumThreads(1)
    return function(task)


def each(
    function: Callable[[Task], Result], tasks: Iterable[Task], title: str, alone: bool = False
) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order, one worker process a core.

    The number of workers is joblib's to say (LOKY_MAX_CPU_COUNT bounds it), or the cluster's.

    Args:
        function: Of a task; it reads and writes files, so that little passes between processes.
        tasks: A clip each, say.
        title: Of the progress.
        alone: Whether work that does not leave this machine stays in this process too, one task after another: that of
            a network on a GPU.

    Raises:
        UserError: a worker was killed, by the system for its memory, say; or as the cluster has it.
    """
    tasks = list(tasks)
    results: Iterable[Result]
    if address := scheduler():
        results = each_on_cluster(connected(address), partial(_in_worker, function), tasks, title)
    elif alone:
        results = map(function, tasks)
    else:
        results = Parallel(n_jobs=-1, return_as="generator")(delayed(_in_worker)(function, task) for task in tasks)
    try:
        yield from tqdm(results, desc=title, total=len(tasks), mininterval=1.0, dynamic_ncols=True)
    except TerminatedWorkerError:
        raise UserError(f"{title}: a worker process was killed; expected enough memory for one a core") from None
