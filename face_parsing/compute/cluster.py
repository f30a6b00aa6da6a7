"""Parallel work on a Dask cluster. The environment variable FACE_PARSING_CLUSTER holds the scheduler's address.

A worker is a process with one thread. It needs the project's folder under the same path as here. Tasks and results are
small; outputs are files. If a worker dies, or is silent for ``distributed.scheduler.worker-ttl``, Dask runs its tasks
on another one. A task fails when more workers have died on it than ``distributed.scheduler.allowed-failures``.
"""

import ctypes
import hashlib
import logging
import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from itertools import count, islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from face_parsing.core.errors import PipelineError

if TYPE_CHECKING:
    from distributed import Client, Future

Task = TypeVar("Task")
Result = TypeVar("Result")

CLUSTER = "FACE_PARSING_CLUSTER"  # environment variable: the scheduler's address, tcp://host:8786
AHEAD = 8  # batches submitted per worker: enough that none idles, few enough to bound memory
BATCH = 0.1  # target seconds per batch, as each costs the scheduler milliseconds; a longer task goes alone
LARGEST_BATCH = 32  # tasks
CONNECTING = 10.0  # seconds
FIRST_WORKER = 300.0  # seconds: a cluster that scales on demand may need as long
ENDING = 60.0  # seconds for running tasks to end after an error
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
PACKAGE = Path(__file__).parents[1]
PACKAGES = ("numpy", "opencv-python", "torch")  # their versions change results


def scheduler() -> str | None:
    """Return the address of the cluster's scheduler, None if work stays on this machine."""
    return os.environ.get(CLUSTER) or None


def cluster_map(
    client: "Client", function: Callable[[Task], Result], tasks: Sequence[Task], title: str
) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order.

    Args:
        client: See :func:`connected`.
        function: The work on one task.
        tasks: Any number of tasks. Only a few per worker are submitted at a time, short ones in batches. If a batch
            kills its workers, its tasks run again one by one to find the one that does.
        title: The work's name in messages.

    Raises:
        PipelineError: the scheduler stops, a worker has other code or packages, threads or no project folder, or a
            task has killed too many workers.
    """
    from distributed import CancelledError, KilledWorker, wait
    from distributed import TimeoutError as dask_timeout
    from distributed.comm import CommClosedError

    work = partial(_on_worker, function, Path.cwd(), environment_digest())
    run, numbers = f"{title}-{os.urandom(8).hex()}", count()
    remaining = iter(tasks)
    pending: deque[tuple[tuple[Task, ...], Future]] = deque()
    capacity, size = 0, 1

    def submit(batches: list[tuple[Task, ...]]) -> Iterator[tuple[tuple[Task, ...], "Future"]]:
        keys = [(run, next(numbers)) for _ in batches]
        return zip(batches, client.map(work, batches, key=keys, pure=False), strict=True)

    try:
        while True:
            # Submit several at once: each request to the scheduler takes as long as a small clip.
            if len(pending) <= capacity // 2:
                capacity = AHEAD * max(len(client.nthreads()), 1)
                batches = (tuple(islice(remaining, size)) for _ in range(capacity - len(pending)))
                pending += submit([batch for batch in batches if batch])
            if not pending:
                return
            batch, future = pending[0]
            wait([future])
            if future.status == "error" and len(batch) > 1 and isinstance(future.exception(), KilledWorker):
                pending.popleft()
                pending.extendleft(reversed(list(submit([(task,) for task in batch]))))
                continue
            if future.status != "finished":
                future.result()
            finished = list(takewhile(lambda entry: entry[1].status == "finished", pending))
            for results, seconds in client.gather([future for _, future in finished]):
                yield from results
                pending.popleft()
                size = min(max(int(BATCH * len(results) / max(seconds, 1e-6)), 1), LARGEST_BATCH)
    except KilledWorker:
        raise PipelineError(
            f"{title}: {_shown(batch)}: every worker that ran it died; expected enough memory"
        ) from None
    except (CancelledError, CommClosedError):
        raise PipelineError(f"{title}: the scheduler stopped; expected it to run until the work ends") from None
    finally:
        if pending and client.status == "running":
            # Tasks that still run would write into a folder that is about to be removed.
            futures = [future for _, future in pending]
            with suppress(CancelledError, CommClosedError):  # the scheduler stopped in the meantime
                with suppress(dask_timeout):
                    wait(futures, timeout=ENDING)
                client.cancel(futures)


def _on_worker(
    function: Callable[[Task], Result], folder: Path, expected: str, batch: Sequence[Task]
) -> tuple[list[Result], float]:
    """Run some tasks on a worker; return their results and the seconds they took."""
    from distributed import get_worker

    worker = get_worker()
    if worker.state.nthreads != 1:
        raise PipelineError(f"worker {worker.address}: {worker.state.nthreads} threads; expected --nthreads 1")
    if environment_digest() != expected:
        raise PipelineError(
            f"worker {worker.address}: code or packages differ from the main process; expected the same everywhere"
        )
    try:
        os.chdir(folder)
    except OSError:
        raise PipelineError(
            f"worker {worker.address}: folder {folder} is missing; expected a folder that all machines share"
        ) from None
    _keep_freed_memory()
    start = time.perf_counter()
    return [function(task) for task in batch], time.perf_counter() - start


@cache
def _keep_freed_memory() -> None:
    """Let glibc keep freed memory for reuse, up to the thresholds that it reaches by itself outside Dask.

    Dask sets MALLOC_TRIM_THRESHOLD_, so freed memory returns to the system at once and every network layer requests it
    again. This makes the detector 50% slower.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc has it
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 64 << 20)


@cache
def connected(address: str) -> "Client":
    """Connect this process, once, to a scheduler and wait for its first worker.

    Raises:
        PipelineError: Dask is not installed, the address is invalid, no scheduler answers, or no worker connects.
    """
    try:
        from distributed import Client
        from distributed import TimeoutError as dask_timeout
    except ImportError:
        raise PipelineError(f'{CLUSTER}={address}: Dask is missing; expected pip install ".[cluster]"') from None
    # Dask would log a lost scheduler at length; our PipelineError reports it in one line.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    if not re.fullmatch(r"(tcp|tls|ws|wss)://\S+:\d+", address):
        raise PipelineError(
            f"{CLUSTER}={address}: not an address; expected a Dask scheduler's, such as tcp://host:8786"
        )
    try:
        client = Client(address, timeout=CONNECTING)
    except OSError as error:
        raise PipelineError(f"{CLUSTER}={address}: no scheduler answers ({error}); expected a running one") from None
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except dask_timeout:
        raise PipelineError(
            f"{CLUSTER}={address}: no worker connected within {FIRST_WORKER:.0f} s; expected one"
        ) from None
    return client


@cache
def environment_digest() -> str:
    """Return the digest that all machines must share: this package's code, and the versions of Python and PACKAGES."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(repr([sys.version_info[:2], *map(_version, PACKAGES)]).encode())
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _shown(task: Any) -> str:
    """Return a task's name for messages: its first element, such as the clip's name."""
    while isinstance(task, (tuple, list)) and task:
        task = task[0]
    return str(task)[:200]
