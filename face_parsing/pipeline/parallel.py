"""Work spread over clips by joblib, in order and with progress."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import cv2
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from tqdm import tqdm

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.hush import hush_frameworks

Task = TypeVar("Task")
Result = TypeVar("Result")


def _in_worker(function: Callable[[Task], Result], task: Task) -> Result:
    hush_frameworks()
    # One process a core already keeps the machine busy; OpenCV's own threads would only fight for the cores.
    cv2.setNumThreads(1)
    return function(task)


def each(function: Callable[[Task], Result], tasks: Iterable[Task], title: str) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order, one worker process a core.

    The number of workers is joblib's to say (its backends leave the machine; LOKY_MAX_CPU_COUNT bounds the local one),
    and the results do not depend on it.

    Raises:
        UserError: a worker was killed, by the system for its memory, say.
    """
    tasks = list(tasks)
    workers = Parallel(n_jobs=-1, return_as="generator")
    results = workers(delayed(_in_worker)(function, task) for task in tasks)
    try:
        yield from tqdm(results, desc=title, total=len(tasks), mininterval=1.0, dynamic_ncols=True)
    except TerminatedWorkerError:
        raise UserError(f"{title}: a worker process was killed; expected enough memory for one a core") from None
