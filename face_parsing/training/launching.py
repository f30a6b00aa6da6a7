"""Training in several processes that share every batch: torchrun starts them, here or on several machines, or Slurm."""

import ctypes
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from io import StringIO

import mmengine.dist
import torch
import torch.distributed
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from face_parsing.pipeline.entry import UserError

# A process that waits this long for the others has lost them.
PATIENCE = timedelta(minutes=10)
LAUNCHED_BY = "TRAINING_LAUNCHED_BY"  # in the environment: the process that started torchrun's
PR_SET_PDEATHSIG = 1  # of Linux' prctl


def launcher() -> str:
    """Who started this process as one of several: pytorch (torchrun), slurm, or none; as mmengine names them."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return "pytorch"
    return "slurm" if int(os.environ.get("SLURM_NTASKS", 1)) > 1 and "SLURM_PROCID" in os.environ else "none"


def launched(processes: int) -> bool:
    """Run this program, a module with its arguments, in some processes under torchrun, and wait for their end.

    torchrun's own settings are read from its environment (PET_NNODES, PET_RDZV_ENDPOINT, ...): without them the
    processes run on this machine alone, and meet at a port of their own.

    Args:
        processes: on this machine.

    Returns:
        False where there is nothing to launch: for one process, and in one of those launched. If True, all is done.
    """
    if (processes == 1 and "PET_NNODES" not in os.environ) or launcher() != "none":
        return False
    # Imported here, since it takes half a second and only the process that launches needs it.
    from torch.distributed import run as torchrun

    _end_with_parent()
    os.environ[LAUNCHED_BY] = str(os.getpid())
    program = sys.modules["__main__"].__spec__.name  # type: ignore[union-attr]  # a module run by -m has one
    arguments = torchrun.get_args_parser().parse_args([f"--nproc-per-node={processes}", "-m", program, *sys.argv[1:]])
    arguments.standalone = arguments.standalone or "PET_NNODES" not in os.environ
    # What the processes do is bound to one thread anyway; torchrun would set this too, with a warning.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A process that fails says why on its own, unless a signal ended it; torchrun would repeat it without saying more.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as logs:
        arguments.log_dir = logs
        try:
            torchrun.run(arguments)
        except ChildFailedError as error:
            killed = [failure for failure in error.failures.values() if failure.exitcode < 0]
            sys.exit(f"error: {killed[0].signal_name()} ended a process of the training" if killed else 1)
    return True


@contextmanager
def group() -> Iterator[int]:
    """Join the processes that were launched together, and yield this one's rank; alone it is 0, and nothing is joined.

    Each takes a GPU of its own where there are enough; fewer GPUs are shared, and without any all run on the CPU. What
    all processes would say, and a user's error, the first one says.
    """
    _end_with_parent()
    if launcher() == "none":
        yield 0
        return
    if launcher() == "slurm":
        mmengine.dist.init_dist("slurm", backend="nccl")
    else:
        gpus = torch.cuda.device_count()
        if gpus:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % gpus)
        # NCCL wants a GPU a process.
        enough = gpus >= int(os.environ["LOCAL_WORLD_SIZE"])
        torch.distributed.init_process_group("nccl" if enough else "gloo", timeout=PATIENCE)
    rank = torch.distributed.get_rank()
    try:
        if rank == 0:
            yield rank
            return
        with redirect_stdout(StringIO()):
            yield rank
    except UserError:
        if rank == 0:
            raise
        sys.exit(1)
    finally:
        torch.distributed.destroy_process_group()


def _end_with_parent() -> None:
    """Have Linux end this process when DVC or torchrun, which started it, is killed.

    It must not train on beside the training that replaces it.
    """
    if sys.platform == "linux" and ("DVC_STAGE" in os.environ or launcher() == "pytorch"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if launcher() == "pytorch" and os.environ.get(LAUNCHED_BY, str(os.getppid())) != str(os.getppid()):
            sys.exit(1)  # killed before this process asked to be told
