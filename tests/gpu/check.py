"""What a GPU makes of the trainings, in stages: each is a process with a time limit, and a stall costs no other stage.

Run it in the repository's root; docs/gpu.md says what each stage tells:
python -m tests.gpu.check OUT [SECONDS] [--profile paper] [--only STAGE,...]
"""

import argparse
import faulthandler
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
# The most seconds of each stage, in the order that they run in: <function>:<variant>.
STAGES: dict[str, float] = {
    "machine": 30,
    "kernels": 60,
    "operators": 45,
    "cold:0": 60,
    "cold:10": 90,
    "cold:3": 60,
    "segmenter": 75,
    "detector": 75,
    "train:segmenter": 90,
    "train:detector": 90,
    "trace:segmenter": 60,
    "trace:detector": 60,
    "syncs:segmenter": 45,
    "syncs:detector": 45,
    "tests": 120,
    "data": 90,
    "mmseg": 60,
    "segmenter:fp32_interpolation": 60,
    "detector:tf32": 60,
    "segmenter:graphed_backbone": 75,
    "segmenter:compiled": 150,
}
TORCH_ALONE = ("machine", "kernels", "operators")  # whose module imports no mm*
LEAST = 10  # seconds; a stage that has fewer left is not started
STACK_EVERY = 15  # seconds
LAST_LINES = 12  # of the errors of a stage that did not end well
ENDED_WELL, CUT_OFF, NO_TIME = "ended well", "cut off", "no time for"


def ended(command: Sequence[str], log: Path, environment: dict[str, str], limit: float) -> str:
    """Run a stage's process and end it at its limit with all that it started.

    Args:
        command: The stage's command.
        log: The file for what it prints; beside it, with the suffix .err, are its errors and stacks.
        environment: Its environment.
        limit: Seconds.

    Returns:
        How it ended.
    """
    with log.open("w") as output, log.with_suffix(".err").open("w") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=errors, start_new_session=True
        )
        try:
            code = process.wait(limit)
            return ENDED_WELL if code == 0 else f"failed with {code}"
        except subprocess.TimeoutExpired:
            return CUT_OFF
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def last_words(errors: list[str], outcome: str) -> list[str]:
    """The end of a stage's errors; if it was cut off, the innermost calls of its last stack."""
    stacks = [number for number, line in enumerate(errors) if "most recent call first" in line]
    if outcome == CUT_OFF and stacks:
        return errors[stacks[-1] :][:LAST_LINES]
    return errors[-LAST_LINES:]


def run_stages(stages: Sequence[str], given: argparse.Namespace) -> bool:
    """Run stages one after another and print their facts; returns whether all that were started ended well."""
    out: Path = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    if given.rehearse:
        environment["CUDA_VISIBLE_DEVICES"] = ""
    deadline = time.monotonic() + given.seconds
    outcomes: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for stage in stages:
            left = deadline - time.monotonic()
            if left < LEAST:
                outcomes.setdefault(NO_TIME, []).append(stage)
                continue
            start, log = time.monotonic(), out / f"{stage.replace(':', '_')}.log"
            words = [str(out), "--profile", given.profile, "--stage", stage, "--pictures", scratch]
            command = [sys.executable, "-m", "tests.gpu.check", *words]
            outcome = ended(command, log, environment, min(STAGES[stage], left))
            outcomes.setdefault(outcome, []).append(stage)
            print(f"== {stage}: {outcome} after {time.monotonic() - start:.0f} s")
            lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
            if outcome != ENDED_WELL:
                lines += last_words(log.with_suffix(".err").read_text(errors="replace").splitlines(), outcome)
            print(*lines, sep="\n", flush=True)
    for outcome, names in outcomes.items():
        print(f"{outcome}: {', '.join(names)}", flush=True)
    return outcomes.keys() <= {ENDED_WELL, NO_TIME}


def module_of(stage: str) -> ModuleType:
    """The module with a stage's function."""
    return import_module("tests.gpu.hardware" if stage in TORCH_ALONE else "tests.gpu.trainings")


def run_stage(stage: str, given: argparse.Namespace) -> None:
    """Do the work of a stage, in its own process."""
    faulthandler.dump_traceback_later(STACK_EVERY, repeat=True)
    warnings.filterwarnings("ignore")
    start = time.perf_counter()
    import torch

    from tests.gpu.measuring import Run, say

    run = Run(given.out, given.pictures, given.profile)
    imported = time.perf_counter() - start
    torch.zeros(1, device=run.device)
    say(device=run.device, torch_s=imported, with_device_s=time.perf_counter() - start)
    torch.set_num_threads(1)
    name, _, variant = stage.partition(":")
    try:
        module = module_of(stage)
        logging.disable(logging.INFO)
        say(imports_s=time.perf_counter() - start)
        getattr(module, name)(run, variant)
    except ModuleNotFoundError as error:
        say(missing=error.name)
        sys.exit(1)


def parsed() -> argparse.Namespace:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.gpu.check", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for logs and traces")
    parser.add_argument("seconds", nargs="?", type=int, default=580, help="of all stages together; default: 580")
    parser.add_argument("--profile", default="paper")
    parser.add_argument("--only", default="", help="stages, or their names up to the colon; default: all")
    parser.add_argument("--rehearse", action="store_true", help="on the CPU, with few steps")
    parser.add_argument("--stage", help=argparse.SUPPRESS)  # what this program starts itself with
    parser.add_argument("--pictures", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Run the stages, or one of them in this process."""
    given = parsed()
    if given.stage:
        run_stage(given.stage, given)
        return
    only = set(filter(None, given.only.split(",")))
    unknown = only - STAGES.keys() - {stage.partition(":")[0] for stage in STAGES}
    if unknown:
        sys.exit(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}")
    if not given.rehearse:
        import torch

        if not torch.cuda.is_available():
            sys.exit("no GPU: nothing was measured; --rehearse runs the stages on the CPU")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the stage ends too
    stages = [stage for stage in STAGES if not only or {stage, stage.partition(":")[0]} & only]
    sys.exit(0 if run_stages(stages, given) else 1)


if __name__ == "__main__":
    main()
