"""Resuming an interrupted training: on a CPU the result has the same bits as without the interruption."""

import hashlib
import json
import random
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mmengine.dist
import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from face_parsing.core.outputs import atomic_file

SHARES = 50  # at most so many saves of a training's state, at regular steps
TIME_SHARE = 0.05  # of a training's time, at most, that saving takes
BYTES_PER_SECOND = 1e8  # of the first save, before one is measured: that of a slow disk
TENSORS_PER_WEIGHT = 3  # of a state: the weight and the optimizer's two


def state_file(folder: Path, provenance: Mapping[str, Any]) -> Path:
    """The file of a training's state, named by a hash of all that it depends on; no other training resumes from it."""
    key = hashlib.sha256(json.dumps(provenance, sort_keys=True).encode()).hexdigest()
    return Path(folder) / f"{key[:32]}.pth"


def resumable(state: Path) -> bool:
    """Whether a training can resume from the state; a file truncated by a power failure does not count."""
    return zipfile.is_zipfile(state)


class SavingBudget:
    """Spreads saves in time, so that they take at most ``TIME_SHARE`` of it.

    Args:
        seconds: Expected duration of the first save.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.since = time.perf_counter()

    def allows_a_save(self) -> bool:
        """Whether enough time has passed since the last save, or since the start."""
        return time.perf_counter() - self.since >= self.seconds / TIME_SHARE

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure a save, which the time to the next one depends on."""
        start = time.perf_counter()
        yield
        self.since = time.perf_counter()
        self.seconds = self.since - start


class StateHook(Hook):
    """Saves mmengine's checkpoint of a training at intervals, each atomically in place of the previous one.

    The intervals are a fiftieth of the training, and longer where saving takes long. The state also holds the random
    generators of every process, and the curves so far. Each process needs the hook; the first one decides and writes.

    Args:
        state: The file to write.
        curves: The folder that the curves are being written to.
        gradient_accumulation: Micro-steps of a batch. None is saved in the middle of a batch, because a state holds no
            gradients.

    Raises:
        PipelineError: The state can't be written; the previous one remains.
    """

    priority = "VERY_LOW"  # when the schedules have taken their step

    def __init__(self, state: Path, curves: Path, gradient_accumulation: int = 1):
        self.state = state
        self.curves = curves
        self.gradient_accumulation = gradient_accumulation
        self.done = 0  # micro-steps of the state in the file
        self.draws: list[dict[str, Any]] = []  # each process's random generators at that time
        self.resumed = False

    def before_train(self, runner: Runner) -> None:
        """Start the time, and estimate how long the first save takes."""
        weights = sum(weight.numel() * weight.element_size() for weight in runner.model.parameters())
        self.budget = SavingBudget(TENSORS_PER_WEIGHT * weights / BYTES_PER_SECOND)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Restore the curves so far, to be continued."""
        self.draws, self.resumed = checkpoint["draws"], True
        for name, text in checkpoint["curves"].items():
            path = self.curves / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Restore the random generators: the data loader draws from them when it starts, and later no more."""
        if self.resumed:
            _set_draws(self.draws[mmengine.dist.get_rank()])
            self.resumed = False

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the random generators and the curves, which mmengine's checkpoint lacks."""
        files = [path for path in sorted(self.curves.rglob("*")) if path.is_file()]
        texts = {path.relative_to(self.curves).as_posix(): path.read_text(encoding="utf-8") for path in files}
        checkpoint.update(draws=self.draws, curves=texts)
        checkpoint["meta"]["iter"] = self.done  # mmengine's own count is one too high after a validation

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        """Save the state at regular steps, if the time allows; if a validation follows, after_val saves it."""
        done = runner.iter + 1
        validated = runner.val_loop is not None and (done % runner.val_interval == 0 or done == runner.max_iters)
        interval = max(1, runner.max_iters // self.gradient_accumulation // SHARES) * self.gradient_accumulation
        if done % interval == 0 and not validated:
            self._save(runner, done)

    def after_val(self, runner: Runner) -> None:
        """Save the state with the val scores, if the time allows; a resumed training then does not validate again."""
        self._save(runner, runner.iter)

    def _save(self, runner: Runner, done: int) -> None:
        allowed = [self.budget.allows_a_save()]
        mmengine.dist.broadcast_object_list(allowed)
        if not allowed[0]:
            return
        self.done = done
        self.draws = mmengine.dist.all_gather_object(_draws())
        if not mmengine.dist.is_main_process():
            return
        with self.budget.measured(), atomic_file(self.state) as partial:
            runner.save_checkpoint(str(partial.parent), partial.name, by_epoch=False)


def _draws() -> dict[str, Any]:
    """The states of this process's random generators, as plain values and tensors."""
    state: Any = np.random.get_state()  # a tuple, unless legacy is False
    _, keys, *position = state
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
    numbers = {"keys": torch.from_numpy(keys.astype(np.int64)), "position": position}
    return {"random": random.getstate(), "numpy": numbers, "torch": torch.get_rng_state(), "cuda": cuda}


def _set_draws(draws: dict[str, Any]) -> None:
    random.setstate(draws["random"])
    np.random.set_state(("MT19937", draws["numpy"]["keys"].numpy().astype(np.uint32), *draws["numpy"]["position"]))
    torch.set_rng_state(draws["torch"])
    if draws["cuda"] is not None:
        torch.cuda.set_rng_state(draws["cuda"])
