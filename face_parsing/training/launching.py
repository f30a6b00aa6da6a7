"""Training in several processes that share each batch, started by torchrun (on one or several machines) or Slurm."""

import ctypes
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import mmengine.dist
import torch
import torch.distributed
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from face_parsing.core.errors import PipelineError
from face_parsing.core.framework_warnings import stdout_suppressed

# A process that has waited this long for the others fails.
PATIENCE = timedelta(minutes=10)
LAUNCHED_BY = "TRAINING_LAUNCHED_BY"  # environment variable: id of the process that started torchrun
PR_SET_PDEATHSIG = 1  # of Linux' prctl


def launcher() -> str:
    """The launcher that started this process as one of several: pytorch (torchrun), slurm or none (mmengine's)."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return "pytorch"
    return "slurm" if int(os.environ.get("SLURM_NTASKS", 1)) > 1 and "SLURM_PROCID" in os.environ else "none"


def launched(processes: int) -> bool:
    """Run this program, a module with its arguments, in several processes under torchrun, and wait until they end.

    torchrun reads its own settings from the environment (PET_NNODES, PET_RDZV_ENDPOINT, ...). Without them it runs
    standalone: on this machine only, at a free port.

    Args:
        processes: Number of processes on this machine.

    Returns:
        True if the launched processes have done all the work. False if this process must do it: for one process, and in
        each launched one.
    """
    if (processes == 1 and "PET_NNODES" not in os.environ) or launcher() != "none":
        return False
    # Imported here: it takes half a second, and only the launching process needs it.
    from torch.distributed import run as torchrun

    _end_with_parent()
    os.environ[LAUNCHED_BY] = str(os.getpid())
    program = sys.modules["__main__"].__spec__.name  # type: ignore[union-attr]  # a module run by -m has one
    arguments = torchrun.get_args_parser().parse_args([f"--nproc-per-node={processes}", "-m", program, *sys.argv[1:]])
    arguments.standalone = arguments.standalone or "PET_NNODES" not in os.environ
    # Training uses one thread per process anyway; torchrun would set this too, with a warning.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A failing process reports its own error, unless a signal ends it; torchrun's report adds nothing.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as logs:
        arguments.log_dir = logs
        try:
            torchrun.run(arguments)
        except ChildFailedError as error:
            killed = [failure for failure in error.failures.values() if failure.exitcode < 0]
            sys.exit(f"error: {killed[0].signal_name()} ended a training process" if killed else 1)
    return True


@contextmanager
def group() -> Iterator[int]:
    """Join the process group of the launched processes and yield this process's rank, 0 for a single process.

    Each process uses its own GPU if there are enough. Fewer GPUs are shared, and without any all processes use the CPU.
    Only the first process prints, and only it reports a user's error.
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
        # NCCL requires a GPU per process.
        enough = gpus >= int(os.environ["LOCAL_WORLD_SIZE"])
        torch.distributed.init_process_group("nccl" if enough else "gloo", timeout=PATIENCE)
    rank = torch.distributed.get_rank()
    try:
        if rank == 0:
            yield rank
            return
        with stdout_suppressed():
            yield rank
    except PipelineError:
        if rank == 0:
            raise
        sys.exit(1)
    finally:
        torch.distributed.destroy_process_group()


def _end_with_parent() -> None:
    """Have Linux end this process when its parent, DVC or torchrun, is killed.

    Otherwise it would keep training next to the run that replaces it.
    """
    if sys.platform == "linux" and ("DVC_STAGE" in os.environ or launcher() == "pytorch"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if launcher() == "pytorch" and os.environ.get(LAUNCHED_BY, str(os.getppid())) != str(os.getppid()):
            sys.exit(1)  # the parent was killed before the call above
