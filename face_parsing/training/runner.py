"""One deterministic training run of mmengine's Runner, from a config to a trained model."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import mmengine.dist
import torch
from mmengine import Config
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import LOG_PROCESSORS, LOOPS
from mmengine.runner import BaseLoop, LogProcessor, Runner, ValLoop
from tqdm import tqdm

# Imported for their registration in mmengine's registries.
import face_parsing.training.drawing
import face_parsing.training.muon  # noqa: F401
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.training.acceleration import in_precision, prepare
from face_parsing.training.curves import CurveBackend
from face_parsing.training.launching import launcher
from face_parsing.training.parameters import Training
from face_parsing.training.pretrained import load_pretrained
from face_parsing.training.resumption import StateHook, resumable
from face_parsing.training.validation import BestHook
from face_parsing.training.wrapping import unwrapped

CURVE_INTERVAL = 10  # iterations between two points of a curve


@dataclass(frozen=True)
class Plan:
    """A training's length and manner.

    Attributes:
        iterations: Steps of the optimiser.
        seed: Of weights, sampling and augmentation.
        accumulate: The parts of a batch that go one after another.
        checkpointing: Whether the backbone computes its activations again in the backward pass.
        channels_last: The layout of images in memory.
        validations: How often the val split is scored.
        workers: Processes that load the data of each training process; 0: the process itself does.
    """

    iterations: int
    seed: int
    accumulate: int = 1
    checkpointing: bool = False
    channels_last: bool = False
    validations: int = 0
    workers: int = 0

    @property
    def rounds(self) -> int:
        """Forward and backward passes of each process, which is what mmengine counts as iterations."""
        return self.iterations * self.accumulate

    @property
    def rounds_to_validation(self) -> int:
        """Rounds between two validations, of which the last one ends the training; never amid the parts of a batch."""
        return max(1, -(-self.iterations // max(1, self.validations))) * self.accumulate


@LOOPS.register_module()
class QuietValLoop(ValLoop):
    """mmengine's loop, without what pycocotools prints of its scores; the curves show them."""

    def run(self) -> dict[str, float]:
        """Score the val split."""
        with redirect_stdout(StringIO()):
            return super().run()


@LOG_PROCESSORS.register_module()
class MemoryKeepingLogProcessor(LogProcessor):
    """mmengine's, which would start torch's peak of the GPU's memory anew whenever it logs."""

    def _get_max_memory(self, runner: Runner) -> int:
        return torch.cuda.max_memory_allocated() >> 20


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
        sources: the checkpoints' files or URLs, later ones over earlier ones.
        labels: the names of the classes that the model tells apart.
    """

    def __init__(self, sources: Sequence[str], labels: Sequence[str]):
        self.sources = sources
        self.labels = labels

    def before_train(self, runner: Runner) -> None:
        """Load the weights that fit, and say which did not."""
        for source in self.sources:
            print(load_pretrained(source, unwrapped(runner.model), self.labels))


class SharedBuffersHook(Hook):
    """Gives every process the first one's batch statistics before a validation, since those are the ones saved."""

    def before_val(self, runner: Runner) -> None:
        """Send them round."""
        for buffer in unwrapped(runner.model).buffers():
            mmengine.dist.broadcast(buffer)


def train(
    config: Config,
    plan: Plan,
    training: Training,
    curves: Path,
    state: Path,
    pretrained: Sequence[str] = (),
    labels: Sequence[str] = (),
) -> torch.nn.Module:
    """Train a model and return it; the same arguments give the same weights and the same curves on a CPU.

    To be called in every process of the group that :func:`face_parsing.training.launching.group` joins.

    Args:
        config: names ``default_scope``, ``model``, ``train_dataloader``, ``optim_wrapper`` and ``param_scheduler`` (in
            the plan's rounds); for validations ``val_dataloader``, ``val_evaluator`` and ``val_score``, the name of
            what ``keep`` best goes by. Its batch is shared by the processes.
        plan: length, seed, and manner.
        training: precision, compilation, determinism, and which state is returned.
        curves: the folder that appears, whole, when training ends: DVCLive's metrics.json and plots/metrics/*.tsv, a
            point for the mean over every ten iterations, of the first process's share of the batches.
        state: where the training's state is kept from time to time. If it is there, the training goes on from it; it
            stays, for the caller to remove when the model is safe.
        pretrained: checkpoints' files or URLs, loaded as weights only, later ones over earlier ones.
        labels: the names of the classes that the model tells apart, by which those of ``pretrained`` are found.

    Raises:
        UserError: ``pretrained`` can't be loaded, ``state`` can't be written, the processes can't share the batch, or
            this machine can't train in that precision.
    """
    # The order in which threads add floats is part of the result, so that their number is not the machine's to choose.
    # These networks are too small for a second thread to gain much: another process gains more.
    torch.set_num_threads(1)
    parts = mmengine.dist.get_world_size() * plan.accumulate
    batch_size = config.train_dataloader.batch_size
    if batch_size % parts:
        raise UserError(
            f"a batch of {batch_size} for {parts // plan.accumulate} processes, {plan.accumulate} parts each; "
            f"expected a multiple of {parts}"
        )
    resumed = resumable(state)
    first = mmengine.dist.is_main_process()
    # The runner's own logs hold times; they go with the scratch folder, and only the curves stay.
    with tempfile.TemporaryDirectory() as scratch:
        recorded = Path(scratch) / "curves"
        hooks: list[Hook] = [StateHook(state, recorded, plan.accumulate), SharedBuffersHook()]
        if pretrained and not resumed:
            hooks.append(PretrainedHook(pretrained, labels))
        if first:
            hooks.append(ProgressHook())
        best = BestHook(config.val_score) if plan.validations and training.keep == "best" else None
        if best:
            hooks.append(best)
        runner = GroupRunner(
            prepare=partial(prepare, training=training, channels_last=plan.channels_last),
            model=_checkpointed(config.model) if plan.checkpointing else config.model,
            work_dir=scratch,
            train_dataloader=_loader(config.train_dataloader, plan, batch_size // parts),
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=plan.rounds, val_interval=plan.rounds_to_validation),
            **_validation(config, plan),
            optim_wrapper=in_precision(config.optim_wrapper, training.precision)
            | dict(accumulative_counts=plan.accumulate),
            param_scheduler=config.param_scheduler,
            default_hooks=dict(
                logger=dict(type="LoggerHook", interval=CURVE_INTERVAL, log_metric_by_epoch=False), checkpoint=None
            ),
            custom_hooks=hooks,
            log_processor=dict(type="MemoryKeepingLogProcessor", window_size=CURVE_INTERVAL, by_epoch=False),
            log_level="ERROR",
            visualizer=dict(
                type="mmengine.Visualizer",
                vis_backends=[dict(type=CurveBackend, save_dir=str(recorded))] if first else [],
            ),
            default_scope=config.default_scope,
            randomness=dict(seed=plan.seed, deterministic=training.deterministic, diff_rank_seed=True),
            env_cfg=dict(cudnn_benchmark=not training.deterministic),
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
    model = unwrapped(runner.model)
    if best and best.weights is not None:
        model.load_state_dict(best.weights)
    return model


def _loader(config: Config, plan: Plan, batch_size: int) -> dict[str, Any]:
    """The training's data loader: what is drawn and how it is augmented is the seed's alone, not the workers'."""
    return {
        **config,  # mmengine's own | would merge the two datasets
        "batch_size": batch_size,
        "num_workers": plan.workers,
        "persistent_workers": plan.workers > 0,
        "pin_memory": torch.cuda.is_available(),
        "drop_last": True,
        "batch_sampler": None,  # mmdet's, of images of one aspect, can't be gone on with
        "sampler": dict(type="DrawSampler", shuffle=True),
        "dataset": dict(type="DrawnDataset", dataset=config.dataset, seed=plan.seed),
    }


def _validation(config: Config, plan: Plan) -> dict[str, Any]:
    """The runner's arguments for validations; none where there are none."""
    if not plan.validations:
        return {}
    loader = config.val_dataloader | dict(num_workers=plan.workers, persistent_workers=plan.workers > 0)
    return dict(val_dataloader=loader, val_evaluator=config.val_evaluator, val_cfg=dict(type="QuietValLoop"))


def _checkpointed(model: Config) -> Config:
    """A model's config whose backbone saves memory; mm* backbones name it so."""
    return model | dict(backbone=model.backbone | dict(with_cp=True))


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

    def build_val_loop(self, loop: dict) -> BaseLoop:
        """Likewise."""
        with redirect_stdout(StringIO()):
            return super().build_val_loop(loop)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """The model on this process's device; in a group, its gradients are averaged over the processes.

        On GPUs batch statistics are of the whole batch. On a CPU they are each process's own, and the first one's are
        saved: torch synchronises them on GPUs only.
        """
        self.prepare(model)
        if not self.distributed:
            return super().wrap_model(model_wrapper_cfg, model)
        gpu = torch.cuda.current_device() if torch.cuda.is_available() else None
        if gpu is not None:
            model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model.to(gpu))
        return MMDistributedDataParallel(
            module=model,
            device_ids=None if gpu is None else [gpu],
            forward_sync_buffers=False,
        )
