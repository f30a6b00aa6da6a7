"""One deterministic training run of mmengine's Runner, from a config to a trained model."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import torch
from mmengine import Config
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from tqdm import tqdm

from stages.pipeline.outputs import whole_directory
from stages.training.checkpoint import load_pretrained
from stages.training.curves import CurveBackend
from stages.training.processes import GroupRunner, in_processes


class ProgressHook(Hook):
    """A progress bar with the loss and the time left, renewed every few seconds."""

    def before_train(self, runner: Runner) -> None:
        """Open the bar."""
        self.bar = tqdm(total=runner.max_iters, desc="training", unit="it", mininterval=2.0, dynamic_ncols=True)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: dict | None = None) -> None:
        """Advance the bar."""
        self.bar.set_postfix(loss=f"{outputs['loss'].item():.4f}", refresh=False)
        self.bar.update()

    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        self.bar.close()


class PretrainedHook(Hook):
    """Loads initial weights over the random ones just before the first iteration.

    Args:
        source: the checkpoint's file or URL.
    """

    def __init__(self, source: str):
        self.source = source

    def before_train(self, runner: Runner) -> None:
        """Load the weights that fit."""
        load_pretrained(self.source, _unwrapped(runner.model))


def train(
    config: Config,
    iterations: int,
    seed: int,
    curves: Path,
    pretrained: str | None = None,
    log_interval: int = 10,
    processes: int = 1,
) -> torch.nn.Module:
    """Train a model and return it; the same arguments give the same weights and the same curves on a CPU.

    Args:
        config: names ``default_scope``, ``model``, ``train_dataloader``, ``optim_wrapper`` and ``param_scheduler`` (by
            iteration). Data is loaded in this process (``num_workers=0``) where bytes must not depend on the machine.
        iterations: training iterations.
        seed: of weights, sampling and augmentation.
        curves: the folder that appears, whole, when training ends: DVCLive's metrics.json and plots/metrics/*.tsv.
        pretrained: a checkpoint's file or URL, loaded as weights only.
        log_interval: iterations between two points of a curve; each is the mean over those iterations.
        processes: that share each batch, which must be a multiple of them; the curves show the first one's share.

    Raises:
        UserError: ``pretrained`` can't be loaded.
    """
    # The runner's own logs hold times; they go with the scratch folder, and only the curves stay.
    with tempfile.TemporaryDirectory() as scratch:
        recorded = Path(scratch) / "curves"
        work = partial(
            _train,
            config=config,
            iterations=iterations,
            seed=seed,
            curves=recorded,
            pretrained=pretrained,
            log_interval=log_interval,
            processes=processes,
        )
        model = in_processes(work, processes, Path(scratch) / "meeting")
        with whole_directory(curves) as folder:
            shutil.copytree(recorded, folder, dirs_exist_ok=True)
    return model


def _train(
    rank: int,
    config: Config,
    iterations: int,
    seed: int,
    curves: Path,
    pretrained: str | None,
    log_interval: int,
    processes: int,
) -> torch.nn.Module:
    # The order in which threads add floats is part of the result, so that their number is not the machine's to choose.
    # These networks are too small for a second thread to gain much: another process gains more.
    torch.set_num_threads(1)
    hooks = [PretrainedHook(pretrained)] if pretrained else []
    backends = []
    if rank == 0:
        hooks.append(ProgressHook())
        backends.append(dict(type=CurveBackend, save_dir=str(curves)))
    runner = GroupRunner(
        model=config.model,
        work_dir=str(curves.parent),
        train_dataloader=config.train_dataloader | dict(batch_size=config.train_dataloader.batch_size // processes),
        train_cfg=dict(type="IterBasedTrainLoop", max_iters=iterations),
        optim_wrapper=config.optim_wrapper,
        param_scheduler=config.param_scheduler,
        default_hooks=dict(logger=dict(type="LoggerHook", interval=log_interval), checkpoint=None),
        custom_hooks=hooks,
        log_processor=dict(type="LogProcessor", window_size=log_interval, by_epoch=False),
        log_level="WARNING",
        visualizer=dict(type="mmengine.Visualizer", vis_backends=backends),
        default_scope=config.default_scope,
        randomness=dict(seed=seed, deterministic=True, diff_rank_seed=True),
        launcher="pytorch" if processes > 1 else "none",
        # mmengine keeps a run's scope under its name, by default the time in seconds: two runs would share it.
        experiment_name=curves.parent.name,
    )
    return _unwrapped(runner.train())


def _unwrapped(model: torch.nn.Module) -> torch.nn.Module:
    return model.module if is_model_wrapper(model) else model
