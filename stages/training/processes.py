"""Training in several processes of this machine that share every batch (data parallel, by torch.distributed)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import timedelta
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner

from stages.pipeline.entry import UserError

Result = TypeVar("Result")

# A process that waits this long for the others has lost them.
PATIENCE = timedelta(minutes=10)


def in_processes(work: Callable[[int], Result], processes: int, meeting: Path) -> Result:
    """Call ``work(rank)`` in each of some processes at once and return what the first, this one, answers.

    Each takes a GPU of its own where there are enough; fewer GPUs are shared, and without any all run on the CPU.

    Args:
        work: can be pickled; inside it the processes are one group of torch.distributed, unless there is just one.
        processes: how many.
        meeting: the path of a file where they find each other; it must not exist.
    """
    if processes == 1:
        return work(0)
    spawn = get_context("spawn")
    others = [
        spawn.Process(target=_member, args=(work, rank, processes, meeting), daemon=True)
        for rank in range(1, processes)
    ]
    for other in others:
        other.start()
    try:
        with _group(0, processes, meeting):
            return work(0)
    except BaseException:
        for other in others:
            other.terminate()
        raise
    finally:
        for other in others:
            other.join()


def _member(work: Callable[[int], object], rank: int, processes: int, meeting: Path) -> None:
    # What all processes would say, and a user's error, the first one says.
    with redirect_stdout(StringIO()), suppress(UserError), _group(rank, processes, meeting):
        work(rank)


@contextmanager
def _group(rank: int, processes: int, meeting: Path) -> Iterator[None]:
    gpus = torch.cuda.device_count()
    if gpus:
        torch.cuda.set_device(rank % gpus)
    backend = "nccl" if gpus >= processes else "gloo"  # NCCL wants a GPU a process
    torch.distributed.init_process_group(backend, f"file://{meeting}", PATIENCE, world_size=processes, rank=rank)
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


class GroupRunner(Runner):
    """mmengine's Runner in a process group of any kind; its own wants a GPU a process."""

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """The model on this process's device; in a group, its gradients are averaged over the processes.

        Batch statistics are each process's own, and the first one's are saved.
        """
        if not self.distributed:
            return super().wrap_model(model_wrapper_cfg, model)
        gpu = torch.cuda.current_device() if torch.cuda.is_available() else None
        return MMDistributedDataParallel(
            module=model if gpu is None else model.to(gpu),
            device_ids=None if gpu is None else [gpu],
            forward_sync_buffers=False,
        )
