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

from face_parsing.pipeline.outputs import whole_file

SHARES = 50  # A training's state is saved so often: what an interruption costs is at most one of them.


def state_file(folder: Path, provenance: Mapping[str, Any]) -> Path:
    """Where the state of a training is, named after everything that it depends on, so that no other goes on with it."""
    key = hashlib.sha256(json.dumps(provenance, sort_keys=True).encode()).hexdigest()
    return Path(folder) / f"{key[:32]}.pth"


def resumable(state: Path) -> bool:
    """Whether there is a state to go on from; one that a power failure cut short is none."""
    return zipfile.is_zipfile(state)


class StateHook(Hook):
    """Saves mmengine's checkpoint of a training now and then, each time whole in place of the one before.

    The states of every process's random numbers are part of it, and the curves so far. It belongs into each process;
    the first one writes.

    Args:
        state: the file.
        curves: the folder that the curves are being written to.
        accumulate: the parts of a batch; between them there are gradients that no state has.

    Raises:
        UserError: the state can't be written; the one before is still there.
    """

    priority = "VERY_LOW"  # when the schedules have taken their step

    def __init__(self, state: Path, curves: Path, accumulate: int = 1):
        self.state = state
        self.curves = curves
        self.accumulate = accumulate
        self.done = 0  # iterations, as they are in the file
        self.draws: list[dict[str, Any]] = []  # each process's, likewise
        self.resumed = False

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the curves so far where they are gone on with."""
        self.draws, self.resumed = checkpoint["draws"], True
        for name, text in checkpoint["curves"].items():
            path = self.curves / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Go on drawing where the training was; the data loader has drawn as it started, and loading draws nothing."""
        if self.resumed:
            _set_draws(self.draws[mmengine.dist.get_rank()])
            self.resumed = False

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add what mmengine's checkpoint lacks."""
        files = [path for path in sorted(self.curves.rglob("*")) if path.is_file()]
        texts = {path.relative_to(self.curves).as_posix(): path.read_text(encoding="utf-8") for path in files}
        checkpoint.update(draws=self.draws, curves=texts)
        checkpoint["meta"]["iter"] = self.done  # mmengine's own count is for the time before a validation

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        """Save it a number of times during the training, and leave it to after_val where a validation follows."""
        done = runner.iter + 1
        validated = runner.val_loop is not None and (done % runner.val_interval == 0 or done == runner.max_iters)
        interval = max(1, runner.max_iters // self.accumulate // SHARES) * self.accumulate
        if done % interval == 0 and not validated:
            self._save(runner, done)

    def after_val(self, runner: Runner) -> None:
        """Save it with the val scores, which a training that goes on from it does not count again."""
        self._save(runner, runner.iter)

    def _save(self, runner: Runner, done: int) -> None:
        self.done = done
        self.draws = mmengine.dist.all_gather_object(_draws())
        if not mmengine.dist.is_main_process():
            return
        with whole_file(self.state) as partial:
            runner.save_checkpoint(str(partial.parent), partial.name, by_epoch=False)


def _draws() -> dict[str, Any]:
    """The states of this process's random numbers, by plain values and tensors."""
    state: Any = np.random.get_state()  # a tuple, unless asked for otherwise
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
