"""Work on a cluster: the workers of a Dask scheduler, whose address the environment holds.

A worker is a process with one thread, which sees the project's folder under the path that it has here. Tasks and
results are small, and what is made are files. Dask does the tasks of a worker that died, or was not heard of for
``distributed.scheduler.worker-ttl``, again elsewhere; a task that has cost more workers than
``distributed.scheduler.allowed-failures`` is a fault.
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

from face_parsing.pipeline.entry import UserError

if TYPE_CHECKING:
    from distributed import Client, Future

Task = TypeVar("Task")
Result = TypeVar("Result")

CLUSTER = "FACE_PARSING_CLUSTER"  # in the environment: the scheduler's address, tcp://host:8786
AHEAD = 8  # batches of tasks for each worker that the scheduler has at a time: none waits, and memory is bounded
BATCH = 0.1  # seconds that a batch is to take, for each costs the scheduler some milliseconds; a longer task goes alone
LARGEST_BATCH = 32  # tasks
CONNECTING = 10.0  # seconds
FIRST_WORKER = 300.0  # seconds, as a cluster may take that grows when it is asked
ENDING = 60.0  # seconds that what is under way has to end after a fault
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
PACKAGE = Path(__file__).parents[1]
PACKAGES = ("numpy", "opencv-python", "torch")  # whose results depend on their version


def scheduler() -> str | None:
    """The address of the cluster's scheduler; None where work stays on this machine."""
    return os.environ.get(CLUSTER) or None


def each_on_cluster(
    client: "Client", function: Callable[[Task], Result], tasks: Sequence[Task], title: str
) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in the tasks' order.

    Args:
        client: See :func:`connected`.
        function: Of a task.
        tasks: As many as there are; a few for each worker are under way at a time, short ones in batches. One that has
            cost too many workers is found by doing its batch again, one task after another.
        title: Of the work, for messages.

    Raises:
        UserError: the scheduler goes away, a worker is not as this process is, or a task has cost too many workers.
    """
    from distributed import CancelledError, KilledWorker, wait
    from distributed import TimeoutError as dask_timeout
    from distributed.comm import CommClosedError

    work = partial(_on_worker, function, Path.cwd(), fingerprint())
    run, numbers = f"{title}-{os.urandom(8).hex()}", count()
    waiting = iter(tasks)
    under_way: deque[tuple[tuple[Task, ...], Future]] = deque()
    room, size = 0, 1

    def submitted(batches: list[tuple[Task, ...]]) -> Iterator[tuple[tuple[Task, ...], "Future"]]:
        keys = [(run, next(numbers)) for _ in batches]
        return zip(batches, client.map(work, batches, key=keys, pure=False), strict=True)

    try:
        while True:
            # Several at once, for each question to the scheduler takes as long as a small clip.
            if len(under_way) <= room // 2:
                room = AHEAD * max(len(client.nthreads()), 1)
                batches = (tuple(islice(waiting, size)) for _ in range(room - len(under_way)))
                under_way += submitted([batch for batch in batches if batch])
            if not under_way:
                return
            batch, future = under_way[0]
            wait([future])
            if future.status == "error" and len(batch) > 1 and isinstance(future.exception(), KilledWorker):
                under_way.popleft()
                under_way.extendleft(reversed(list(submitted([(task,) for task in batch]))))
                continue
            if future.status != "finished":
                future.result()
            done = list(takewhile(lambda each: each[1].status == "finished", under_way))
            for results, seconds in client.gather([future for _, future in done]):
                yield from results
                under_way.popleft()
                size = min(max(int(BATCH * len(results) / max(seconds, 1e-6)), 1), LARGEST_BATCH)
    except KilledWorker:
        raise UserError(f"{title}: {_shown(batch)}: every worker that took it died; expected enough memory") from None
    except (CancelledError, CommClosedError):
        raise UserError(f"{title}: the scheduler went away; expected it to last as long as the work") from None
    finally:
        if under_way and client.status == "running":
            # What went on would write into a folder that is about to be removed.
            futures = [future for _, future in under_way]
            with suppress(dask_timeout):
                wait(futures, timeout=ENDING)
            client.cancel(futures)


def _on_worker(
    function: Callable[[Task], Result], folder: Path, expected: str, batch: Sequence[Task]
) -> tuple[list[Result], float]:
    """The results of some tasks, and the seconds that they took."""
    from distributed import get_worker

    worker = get_worker()
    if worker.state.nthreads != 1:
        raise UserError(f"worker {worker.address}: {worker.state.nthreads} threads; expected --nthreads 1")
    if fingerprint() != expected:
        raise UserError(f"worker {worker.address}: other code or packages than here; expected one environment for all")
    try:
        os.chdir(folder)
    except OSError:
        raise UserError(f"worker {worker.address}: no folder {folder}; expected one that all machines share") from None
    _keep_freed_memory()
    start = time.perf_counter()
    return [function(task) for task in batch], time.perf_counter() - start


@cache
def _keep_freed_memory() -> None:
    """Let glibc keep what is freed for what comes next, up to the bounds that it comes to by itself elsewhere.

    Dask has it give everything back at once (MALLOC_TRIM_THRESHOLD_), and a network's every layer asks for it anew:
    the detector takes half as long again.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc alone
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 64 << 20)


@cache
def connected(address: str) -> "Client":
    """This process's connection to a scheduler that has a worker.

    Raises:
        UserError: Dask is not installed, nothing answers, or no worker comes.
    """
    try:
        from distributed import Client
        from distributed import TimeoutError as dask_timeout
    except ImportError:
        raise UserError(f'{CLUSTER}={address}: Dask is missing; expected pip install ".[cluster]"') from None
    # What it tells of a scheduler that goes away, a UserError says in a line.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    if not re.fullmatch(r"(tcp|tls|ws|wss)://\S+:\d+", address):
        raise UserError(f"{CLUSTER}={address}: no address; expected a Dask scheduler's, such as tcp://host:8786")
    try:
        client = Client(address, timeout=CONNECTING)
    except OSError as error:
        raise UserError(f"{CLUSTER}={address}: no scheduler answers there ({error}); expected a running one") from None
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except dask_timeout:
        raise UserError(f"{CLUSTER}={address}: no worker has come in {FIRST_WORKER:.0f} s; expected one") from None
    return client


@cache
def fingerprint() -> str:
    """What a worker must have as this process has it: this package's code, Python, and the packages that reckon."""
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
    """A task as a message names it: a clip's name, or what begins with one."""
    while isinstance(task, (tuple, list)) and task:
        task = task[0]
    return str(task)[:200]
