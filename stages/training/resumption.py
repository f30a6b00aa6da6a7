"""Going on with a training that was interrupted, as if it had not been: the same bits come out of it on a CPU."""

import hashlib
import json
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mmengine.dist
import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from stages.pipeline.entry import UserError
from stages.pipeline.outputs import whole_file

SHARES = 50  # A training's state is saved so often: what an interruption costs is at most one of them.


def state_file(folder: Path, provenance: Mapping[str, Any]) -> Path:
    """Where the state of a training is, named after everything that it depends on, so that no other goes on with it."""
    key = hashlib.sha256(json.dumps(provenance, sort_keys=True).encode()).hexdigest()
    return Path(folder) / f"{key[:32]}.pth"


def resumable(state: Path) -> bool:
    """Whether there is a state to go on from; one that a power failure cut short is none."""
    return zipfile.is_zipfile(state)


class DrawHook(Hook):
    """Gives each iteration random numbers of its own, drawn from the seed, the process and the iteration alone.

    So a training that goes on at an iteration draws what it would have drawn there anyway. Both the loading of a batch,
    in this process, and its step start anew.

    Args:
        seed: of the training.
    """

    priority = "LOWEST"  # no other hook draws after it

    def __init__(self, seed: int):
        self.seed = seed

    def before_train(self, runner: Runner) -> None:
        """Start the loading of the first batch."""
        self._start(runner.iter)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Start the step."""
        self._start(runner.iter)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        """Start the loading of the next batch."""
        self._start(runner.iter + 1)

    def _start(self, iteration: int) -> None:
        sequence = np.random.SeedSequence([self.seed, mmengine.dist.get_rank(), iteration])
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)


class StateHook(Hook):
    """Saves mmengine's checkpoint of a training now and then, each time whole in place of the one before.

    The curves so far are part of it. It is for the first process alone.

    Args:
        state: the file.
        curves: the folder that the curves are being written to.

    Raises:
        UserError: the state can't be written; the one before is still there.
    """

    priority = "VERY_LOW"  # when the schedules have taken their step

    def __init__(self, state: Path, curves: Path):
        self.state = state
        self.curves = curves

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the curves so far where they are gone on with."""
        for name, text in checkpoint["curves"].items():
            path = self.curves / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the curves."""
        files = [path for path in sorted(self.curves.rglob("*")) if path.is_file()]
        texts = {path.relative_to(self.curves).as_posix(): path.read_text(encoding="utf-8") for path in files}
        checkpoint["curves"] = texts

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        """Save it a number of times during the training."""
        if not self.every_n_train_iters(runner, max(1, runner.max_iters // SHARES)):
            return
        try:
            with whole_file(self.state) as partial:
                runner.save_checkpoint(str(partial.parent), partial.name, by_epoch=False)
        except OSError as error:
            raise UserError(
                f"{self.state}: the training's state can't be written ({error.strerror}); expected room for it; the "
                "training goes on from the state before"
            ) from None
