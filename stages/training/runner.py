"""One deterministic training run of mmengine's Runner, from a config to a trained model."""

import shutil
import tempfile
from pathlib import Path

import torch
from mmengine import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tqdm import tqdm

from stages.pipeline.outputs import whole_directory
from stages.training.checkpoint import load_pretrained
from stages.training.curves import CurveBackend


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
        load_pretrained(self.source, runner.model)


def train(
    config: Config,
    iterations: int,
    seed: int,
    curves: Path,
    pretrained: str | None = None,
    log_interval: int = 10,
    cpu_threads: int = 2,
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
        cpu_threads: torch's threads. The order in which they add floats is part of the result, so their number is not
            the machine's to choose.

    Raises:
        UserError: ``pretrained`` can't be loaded.
    """
    torch.set_num_threads(cpu_threads)
    hooks = [ProgressHook(), *([PretrainedHook(pretrained)] if pretrained else [])]
    # The runner's own logs hold times; they go with the scratch folder, and only the curves stay.
    with tempfile.TemporaryDirectory() as scratch:
        recorded = Path(scratch) / "curves"
        runner = Runner(
            model=config.model,
            work_dir=scratch,
            train_dataloader=config.train_dataloader,
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=iterations),
            optim_wrapper=config.optim_wrapper,
            param_scheduler=config.param_scheduler,
            default_hooks=dict(logger=dict(type="LoggerHook", interval=log_interval), checkpoint=None),
            custom_hooks=hooks,
            log_processor=dict(type="LogProcessor", window_size=log_interval, by_epoch=False),
            log_level="WARNING",
            visualizer=dict(type="mmengine.Visualizer", vis_backends=[dict(type=CurveBackend, save_dir=str(recorded))]),
            default_scope=config.default_scope,
            randomness=dict(seed=seed, deterministic=True),
            # mmengine keeps a run's scope under its name, by default the time in seconds: two runs would share it.
            experiment_name=Path(scratch).name,
        )
        model = runner.train()
        with whole_directory(curves) as folder:
            shutil.copytree(recorded, folder, dirs_exist_ok=True)
    return model
