"""The stages of tests.gpu.check that train: steps by part, traced steps, loaders, and whole trainings."""

import os
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
import torch
from mmengine.hooks import IterTimerHook
from mmengine.runner import Runner
from torch.profiler import ProfilerActivity, profile, schedule

from face_parsing.training import resumption
from face_parsing.training.job import peak_memory, planned
from face_parsing.training.resumption import SavingBudget
from face_parsing.training.runner import CURVE_INTERVAL
from face_parsing.training.runner import train as train_network
from tests.benchmarks import bench_training
from tests.gpu.measuring import Run, say
from tests.gpu.steps import built, pictures, task

WORKERS = (1, 4, 8, 14)
TAKE_CUDA = ("graphed_backbone", "compiled")
MOST_OPERATORS = 14  # printed of a trace


def cold(run: Run, variant: str) -> None:
    """A segmenter's first steps with as many of cudnn's algorithms tried as ``variant`` says; with 0 none is."""
    step = built(run, "segmenter")
    torch.backends.cudnn.benchmark = variant != "0"
    torch.backends.cudnn.benchmark_limit = int(variant) or 10
    step.cold(8)
    step.rate(4)


def segmenter(run: Run, variant: str) -> None:
    """A segmenter's steps: their parts, rate and memory."""
    _measured(run, "segmenter", variant)


def detector(run: Run, variant: str) -> None:
    """The detector's steps: their parts, rate and memory."""
    _measured(run, "detector", variant)


def _measured(run: Run, name: str, variant: str) -> None:
    if variant in TAKE_CUDA and not run.gpu:
        say(skipped=f"{name}:{variant}, which takes CUDA")
        return
    step = built(run, name, variant)
    step.cold(6)
    step.parts(8)
    step.rate(12)


def trace(run: Run, variant: str) -> None:
    """Three traced steps of a network: a table of the operators, and a trace for a browser."""
    step = built(run, variant)
    for _ in range(run.times(6)):
        step()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if run.gpu else [])]
    active = run.times(3)
    with profile(activities=activities, schedule=schedule(wait=0, warmup=1, active=active, repeat=1)) as profiler:
        for _ in range(1 + active):
            step()
            profiler.step()
    profiler.export_chrome_trace(str(run.out / f"{variant}.trace.json.gz"))
    operators = profiler.key_averages()
    times = ["self_cpu_time_total", *(["self_device_time_total"] if run.gpu else [])]
    for key in times:
        table = operators.table(sort_by=key, row_limit=70, max_name_column_width=90)
        (run.out / f"{variant}.{key}.txt").write_text(table)
    for operator in sorted(operators, key=lambda operator: -getattr(operator, times[-1]))[:MOST_OPERATORS]:
        milliseconds = getattr(operator, times[-1]) / 1e3 / active
        say(operator=operator.key[:80], ms_a_step=milliseconds, calls_a_step=operator.count / active)


def syncs(run: Run, variant: str) -> None:
    """The lines at which a network's step waits for the GPU."""
    if not run.gpu:
        say(skipped=f"syncs:{variant}, which takes CUDA")
        return
    step = built(run, variant)
    step.cold(2)
    torch.cuda.set_sync_debug_mode("warn")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        step()
    torch.cuda.set_sync_debug_mode("default")
    waits = [warning for warning in caught if "synchroniz" in str(warning.message)]
    lines = Counter(f"{'/'.join(Path(wait.filename).parts[-2:])}:{wait.lineno}" for wait in waits)
    say(syncs_a_step=lines.total(), lines=dict(lines.most_common()))


def data(run: Run, variant: str) -> None:
    """Images a second of the loaders alone."""
    cores = len(os.sched_getaffinity(0))
    for name in ("segmenter", "detector"):
        training = task(run, name)
        batch_size = training.schedule.batch_size
        for workers in sorted({min(workers, cores) for workers in WORKERS}):
            start = time.perf_counter()
            batches = iter(training.loader(workers))
            next(batches)
            first = time.perf_counter() - start
            for _ in range(2 * workers):
                next(batches)  # fetched ahead
            start, count = time.perf_counter(), 0
            while time.perf_counter() - start < run.times(5):
                next(batches)
                count += 1
            rate = count * batch_size / (time.perf_counter() - start)
            say(loader=name, workers=workers, first_batch_s=first, images_a_second=rate)
            del batches


@contextmanager
def _steps_told() -> Iterator[None]:
    """Print the time of a Runner's steps and its wait for data: of the first ones, then means of ten."""
    after_iter = IterTimerHook._after_iter

    def told(hook: IterTimerHook, runner: Runner, *args: Any, **kwargs: Any) -> None:
        after_iter(hook, runner, *args, **kwargs)
        done = runner.iter + 1
        if done <= 3 or done % CURVE_INTERVAL == 0:
            window = 1 if done <= 3 else CURVE_INTERVAL
            scalars = (runner.message_hub.get_scalar(f"train/{key}") for key in ("time", "data_time"))
            seconds, wait = (scalar.mean(window) for scalar in scalars)
            say(step=done, mean_of=window, step_s=float(seconds), of_it_wait_s=float(wait))

    with patch.object(IterTimerHook, "_after_iter", told):
        yield


@contextmanager
def _saves_told(state: Path) -> Iterator[None]:
    """Print the time of each saved state; the first save is let through early, so that a short training has one."""
    measured = SavingBudget.measured

    @contextmanager
    def told(budget: SavingBudget) -> Iterator[None]:
        with measured(budget):
            yield
        say(saved_mb=state.stat().st_size / 1e6, seconds=budget.seconds)

    with patch.object(SavingBudget, "measured", told), patch.object(resumption, "BYTES_PER_SECOND", float("inf")):
        yield


def train(run: Run, variant: str) -> None:
    """The real training of a network: its steps, waits and saves."""
    iterations = run.times(100)
    training = task(run, variant, iterations)
    short = training.schedule.model_copy(update={"iterations": iterations, "epochs": None, "validations": 0})
    plan = planned(short, training.profile.machine, 1, images=bench_training.CROPS, seed=0)
    say(workers=plan.workers, iterations=iterations)
    with TemporaryDirectory() as scratch:
        curves, state = Path(scratch) / "curves", Path(scratch) / "state.pth"
        with _steps_told(), _saves_told(state):
            start = time.perf_counter()
            train_network(training.config, plan, training.tree.train, curves, state)
    say(whole_s=time.perf_counter() - start, peak_memory=peak_memory())


def mmseg(run: Run, variant: str) -> None:
    """The same segmenter by mmseg's own Runner."""
    training = task(run, "segmenter")
    crops = pictures(run, training.profile) / "crops"
    with _steps_told():
        bench_training.mmseg(training.tree, run.profile, crops, run.times(40))
    say(peak_memory=peak_memory())


def tests(run: Run, variant: str) -> None:
    """The tests of what only a GPU can show."""
    code = pytest.main(["-q", "-p", "no:cacheprovider", "tests/gpu/test_gpu.py"])
    say(pytest_exit=int(code))
    if code:
        raise SystemExit(int(code))
