"""One deterministic training run of mmengine's Runner, from a config to a trained model."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import mmengine.dist
import torch
from mmengine import Config
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from tqdm import tqdm

import face_parsing.training.muon  # noqa: F401  (registers the constructor)
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.training.acceleration import in_precision, prepare
from face_parsing.training.curves import CurveBackend
from face_parsing.training.launching import launcher
from face_parsing.training.parameters import Training
from face_parsing.training.pretrained import load_pretrained
from face_parsing.training.resumption import StateHook, resumable

CURVE_INTERVAL = 10  # iterations between two points of a curve


class Schedule(Protocol):
    """What the detector's and the segmenters' schedules share."""

    iterations: int
    batch_size: int
    seed: int
    channels_last: bool


class ProgressHook(Hook):
    """A progress bar with the loss and the time left, renewed every few seconds."""

    def before_train(self, runner: Runner) -> None:
        """Open the bar."""
        self.bar = tqdm(
            total=runner.max_iters,
            initial=runner.iter,
            desc="training",
            unit="it",
            mininterval=2.0,
            dynamic_ncols=True,
        )

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs: Any = None) -> None:
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
        """Load the weights that fit, and say which did not."""
        print(load_pretrained(self.source, _unwrapped(runner.model)))


def train(
    config: Config,
    schedule: Schedule,
    training: Training,
    curves: Path,
    state: Path,
    pretrained: str | None = None,
) -> torch.nn.Module:
    """Train a model and return it; the same arguments give the same weights and the same curves on a CPU.

    To be called in every process of the group that :func:`face_parsing.training.launching.group` joins.

    Args:
        config: names ``default_scope``, ``model``, ``train_dataloader``, ``optim_wrapper`` and ``param_scheduler`` (by
            iteration). Its batch is shared by the processes. Data is loaded in this process (``num_workers=0``) where
            bytes must not depend on the machine.
        schedule: iterations, the seed of weights, sampling and augmentation, and the layout of images in memory.
        training: precision, compilation, determinism.
        curves: the folder that appears, whole, when training ends: DVCLive's metrics.json and plots/metrics/*.tsv, a
            point for the mean over every ten iterations, of the first process's share of the batches.
        state: where the training's state is kept from time to time. If it is there, the training goes on from it; it
            stays, for the caller to remove when the model is safe.
        pretrained: a checkpoint's file or URL, loaded as weights only.

    Raises:
        UserError: ``pretrained`` can't be loaded, ``state`` can't be written, the processes can't share the batch, or
            this machine can't train in that precision.
    """
    # The order in which threads add floats is part of the result, so that their number is not the machine's to choose.
    # These networks are too small for a second thread to gain much: another process gains more.
    torch.set_num_threads(1)
    processes = mmengine.dist.get_world_size()
    batch_size = config.train_dataloader.batch_size
    if batch_size % processes:
        raise UserError(f"a batch of {batch_size} for {processes} processes; expected a multiple of them")
    resumed = resumable(state)
    first = mmengine.dist.is_main_process()
    # The runner's own logs hold times; they go with the scratch folder, and only the curves stay.
    with tempfile.TemporaryDirectory() as scratch:
        recorded = Path(scratch) / "curves"
        hooks = [StateHook(state, recorded)]
        if pretrained and not resumed:
            hooks.append(PretrainedHook(pretrained))
        if first:
            hooks.append(ProgressHook())
        runner = GroupRunner(
            prepare=partial(prepare, training=training, channels_last=schedule.channels_last),
            model=config.model,
            work_dir=scratch,
            train_dataloader=config.train_dataloader | dict(batch_size=batch_size // processes),
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=schedule.iterations),
            optim_wrapper=in_precision(config.optim_wrapper, training.precision),
            param_scheduler=config.param_scheduler,
            default_hooks=dict(logger=dict(type="LoggerHook", interval=CURVE_INTERVAL), checkpoint=None),
            custom_hooks=hooks,
            log_processor=dict(type="LogProcessor", window_size=CURVE_INTERVAL, by_epoch=False),
            log_level="ERROR",
            visualizer=dict(
                type="mmengine.Visualizer",
                vis_backends=[dict(type=CurveBackend, save_dir=str(recorded))] if first else [],
            ),
            default_scope=config.default_scope,
            randomness=dict(seed=schedule.seed, deterministic=training.deterministic, diff_rank_seed=True),
            launcher=launcher(),
            load_from=str(state) if resumed else None,
            resume=resumed,
            # mmengine keeps a run's scope under its name, by default the time in seconds: two runs would share it.
            experiment_name=Path(scratch).name,
        )
        if training.deterministic:
            # mmengine would stop at operators that have no deterministic implementation on a GPU.
            torch.use_deterministic_algorithms(True, warn_only=True)
        runner.train()
        if first:
            with whole_directory(curves) as folder:
                shutil.copytree(recorded, folder, dirs_exist_ok=True)
    return _unwrapped(runner.model)


def _unwrapped(model: Any) -> torch.nn.Module:
    """The model itself, without mmengine's distributed wrapper."""
    return model.module if is_model_wrapper(model) else model


class GroupRunner(Runner):
    """mmengine's Runner in a process group of any kind; its own wants a GPU a process.

    Args:
        prepare: called with the model when it has its initial weights.
        kwargs: the Runner's own arguments.
    """

    def __init__(self, *, prepare: Callable[[torch.nn.Module], None], **kwargs):
        self.prepare = prepare
        with redirect_stdout(StringIO()):  # mmdet and mmseg print what they could not import
            super().__init__(**kwargs)

    def build_train_loop(self, loop: dict) -> BaseLoop:
        """mmengine's loop with its data, of whose reading pycocotools prints."""
        with redirect_stdout(StringIO()):
            return super().build_train_loop(loop)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """The model on this process's device; in a group, its gradients are averaged over the processes.

        Batch statistics are each process's own, and the first one's are saved.
        """
        self.prepare(model)
        if not self.distributed:
            return super().wrap_model(model_wrapper_cfg, model)
        gpu = torch.cuda.current_device() if torch.cuda.is_available() else None
        return MMDistributedDataParallel(
            module=model if gpu is None else model.to(gpu),
            device_ids=None if gpu is None else [gpu],
            forward_sync_buffers=False,
        )
