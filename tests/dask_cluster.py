"""A Dask scheduler and workers on this machine, as processes that can be killed and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from distributed import Client

from tests.repositories import environment

STARTING = 60.0  # seconds


class Cluster:
    """A scheduler and its workers.

    Attributes:
        address: The scheduler's.
        scheduler: Its process.
        workers: Of each worker the nanny's process, which starts the worker itself, and starts it again.
    """

    def __init__(self, address: str, scheduler: subprocess.Popen, workers: list[subprocess.Popen]):
        self.address, self.scheduler, self.workers = address, scheduler, workers

    def worker(self, number: int) -> psutil.Process:
        """The process in which a worker's tasks run."""
        children = psutil.Process(self.workers[number].pid).children(recursive=True)
        (process,) = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        return process


@contextmanager
def cluster(folder: Path, workers: int = 2, worker_ttl: str = "5 minutes") -> Iterator[Cluster]:
    """A scheduler and workers that run as long as the block.

    Args:
        folder: Where they run, and keep their files.
        workers: How many.
        worker_ttl: How long a worker may say nothing before it counts as lost.
    """
    file = folder / "scheduler.json"
    settings = environment(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=worker_ttl)
    started: list[subprocess.Popen] = []

    def start(*command: str) -> subprocess.Popen:
        log = (folder / f"dask{len(started)}.log").open("w")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--scheduler-file", str(file), "--no-dashboard"],
                cwd=folder,
                env=settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    try:
        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        until = time.monotonic() + STARTING
        while not file.exists():
            assert time.monotonic() < until and scheduler.poll() is None, (folder / "dask0.log").read_text()
            time.sleep(0.1)
        nannies = [start("worker", "--nthreads", "1", "--local-directory", str(folder)) for _ in range(workers)]
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=STARTING)
            address = client.scheduler.address
        yield Cluster(address, scheduler, nannies)
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
