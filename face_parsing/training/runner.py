"""One deterministic training run of mmengine's Runner, from a config to a trained model."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
import face_parsing.training.muon
import face_parsing.training.seeded_sampling  # noqa: F401
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core.errors import PipelineError
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.core.outputs import atomic_directory
from face_parsing.training.acceleration import in_precision, keep_freed_memory, prepare
from face_parsing.training.curves import CurveBackend
from face_parsing.training.launching import launcher
from face_parsing.training.parameters import Training
from face_parsing.training.resumption import StateHook, resumable
from face_parsing.training.validation import BestHook
from face_parsing.training.wrapping import unwrapped

CURVE_INTERVAL = 10  # micro-steps between two points of a curve


@dataclass(frozen=True)
class Plan:
    """The length and settings of a training.

    Attributes:
        iterations: Optimizer steps.
        seed: Random seed of initial weights, sampling and augmentation.
        gradient_accumulation: Micro-steps of each process per optimizer step.
        activation_checkpointing: Whether the backbone recomputes its activations in the backward pass.
        channels_last: Whether images and weights are laid out with the channels last.
        validations: How often the val split is scored.
        workers: Processes that load the data of each training process; with 0 it loads its data itself.
    """

    iterations: int
    seed: int
    gradient_accumulation: int = 1
    activation_checkpointing: bool = False
    channels_last: bool = False
    validations: int = 0
    workers: int = 0

    @property
    def micro_steps(self) -> int:
        """Forward and backward passes of each process, which is what mmengine counts as iterations."""
        return self.iterations * self.gradient_accumulation

    @property
    def micro_steps_to_validation(self) -> int:
        """Micro-steps between two validations, a multiple of a batch's; the last validation ends the training."""
        return max(1, -(-self.iterations // max(1, self.validations))) * self.gradient_accumulation


@LOOPS.register_module()
class QuietValLoop(ValLoop):
    """mmengine's loop without the scores that pycocotools prints; the curves have them."""

    def run(self) -> dict[str, float]:
        """Score the val split."""
        with stdout_suppressed():
            return super().run()


@LOG_PROCESSORS.register_module()
class MemoryKeepingLogProcessor(LogProcessor):
    """mmengine's log processor without its reset of torch's GPU peak memory at each log entry."""

    def _get_max_memory(self, runner: Runner) -> int:
        return torch.cuda.max_memory_allocated() >> 20


class ProgressHook(Hook):
    """Shows a progress bar with the loss and the remaining time, updated every few seconds."""

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
    """Loads initial weights over the random ones, before the first micro-step."""

    def __init__(self, pretrained: Pretrained):
        self.pretrained = pretrained

    def before_train(self, runner: Runner) -> None:
        """Load the weights that fit, and report those that do not."""
        for report in self.pretrained.load(unwrapped(runner.model)):
            print(report)


class SharedBuffersHook(Hook):
    """Gives every process the first one's batch statistics before a validation, because only those are saved."""

    def before_val(self, runner: Runner) -> None:
        """Broadcast the buffers of the first process."""
        for buffer in unwrapped(runner.model).buffers():
            mmengine.dist.broadcast(buffer)


def train(
    config: Config,
    plan: Plan,
    training: Training,
    curves: Path,
    state: Path,
    pretrained: Pretrained = Pretrained(),  # noqa: B008  (frozen)
) -> torch.nn.Module:
    """Train a model and return it; on a CPU the same arguments give the same weights and the same curves.

    Every process of the group that :func:`face_parsing.training.launching.group` joins must call it.

    Args:
        config: Has ``default_scope``, ``model``, ``train_dataloader``, ``optim_wrapper`` and ``param_scheduler`` (in
            micro-steps). For validations it also has ``val_dataloader``, ``val_evaluator`` and ``val_score``, the name
            of the score for ``keep`` best. The processes share its batch.
        plan: Length, seed, and settings.
        training: Precision, compilation, determinism, and which state is returned.
        curves: The folder to write atomically when the training ends: DVCLive's metrics.json and plots/metrics/*.tsv.
            Each point is a mean over ten micro-steps of the first process.
        state: The file to save the training's state to at intervals. If it exists, the training resumes from it. The
            caller removes it once the model is saved.
        pretrained: Initial weights, loaded as weights only.

    Returns:
        The trained model.

    Raises:
        PipelineError: ``pretrained`` can't be loaded, ``state`` can't be written, the processes can't share the batch
            evenly, or this machine can't train in that precision.
    """
    # The result depends on the order in which threads add floats, so that their number must not depend on the machine.
    # A second thread gains little on these networks; a second process gains more.
    torch.set_num_threads(1)
    keep_freed_memory()
    parts = mmengine.dist.get_world_size() * plan.gradient_accumulation
    batch_size = config.train_dataloader.batch_size
    if batch_size % parts:
        raise PipelineError(
            f"a batch of {batch_size} for {parts // plan.gradient_accumulation} processes, "
            f"{plan.gradient_accumulation} micro-steps each; expected a multiple of {parts}"
        )
    resumed = resumable(state)
    first = mmengine.dist.is_main_process()
    # The runner's own logs hold times, so that they stay in the scratch folder; only the curves are kept.
    with tempfile.TemporaryDirectory() as scratch:
        recorded = Path(scratch) / "curves"
        hooks: list[Hook] = [StateHook(state, recorded, plan.gradient_accumulation), SharedBuffersHook()]
        if pretrained.sources and not resumed:
            hooks.append(PretrainedHook(pretrained))
        if first:
            hooks.append(ProgressHook())
        best = BestHook(config.val_score) if plan.validations and training.keep == "best" else None
        if best:
            hooks.append(best)
        runner = GroupRunner(
            prepare=partial(prepare, training=training, channels_last=plan.channels_last),
            model=_checkpointed(config.model) if plan.activation_checkpointing else config.model,
            work_dir=scratch,
            train_dataloader=_loader(config.train_dataloader, plan, batch_size // parts),
            train_cfg=dict(
                type="IterBasedTrainLoop", max_iters=plan.micro_steps, val_interval=plan.micro_steps_to_validation
            ),
            **_validation(config, plan),
            optim_wrapper=in_precision(config.optim_wrapper, training.precision)
            | dict(accumulative_counts=plan.gradient_accumulation),
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
            # mmengine stores a run's scope by its name, by default the time in seconds, which two runs may share.
            experiment_name=Path(scratch).name,
        )
        if training.deterministic:
            # mmengine fails at operators without a deterministic implementation on a GPU; this only warns.
            torch.use_deterministic_algorithms(True, warn_only=True)
        runner.train()
        if first:
            with atomic_directory(curves) as folder:
                shutil.copytree(recorded, folder, dirs_exist_ok=True)
    model = unwrapped(runner.model)
    if best and best.weights is not None:
        model.load_state_dict(best.weights)
    return model


def _loader(config: Config, plan: Plan, batch_size: int) -> dict[str, Any]:
    """The training's data loader; samples and augmentation depend on the seed, not on the number of workers."""
    return {
        **config,  # mmengine's | would merge the two datasets
        "batch_size": batch_size,
        "num_workers": plan.workers,
        "persistent_workers": plan.workers > 0,
        "pin_memory": torch.cuda.is_available(),
        "drop_last": True,
        "batch_sampler": None,  # mmdet's, which groups images by aspect ratio, can't resume
        "sampler": dict(type="SeededSampler", shuffle=True),
        "dataset": dict(type="SeededDataset", dataset=config.dataset, seed=plan.seed),
    }


def _validation(config: Config, plan: Plan) -> dict[str, Any]:
    """The runner's arguments for validations; empty without validations."""
    if not plan.validations:
        return {}
    loader = config.val_dataloader | dict(num_workers=plan.workers, persistent_workers=plan.workers > 0)
    return dict(val_dataloader=loader, val_evaluator=config.val_evaluator, val_cfg=dict(type="QuietValLoop"))


def _checkpointed(model: Config) -> Config:
    """A model's config with activation checkpointing in its backbone, which mm* backbones call ``with_cp``."""
    return model | dict(backbone=model.backbone | dict(with_cp=True))


class GroupRunner(Runner):
    """mmengine's Runner for any process group; mmengine's own requires a GPU per process.

    Args:
        prepare: Called with the model before it is wrapped.
        kwargs: mmengine's Runner arguments.
    """

    def __init__(self, *, prepare: Callable[[torch.nn.Module], None], **kwargs):
        self.prepare = prepare
        with stdout_suppressed():
            super().__init__(**kwargs)

    def build_train_loop(self, loop: dict) -> BaseLoop:
        """Build the training loop, without pycocotools' prints while it reads the data."""
        with stdout_suppressed():
            return super().build_train_loop(loop)

    def build_val_loop(self, loop: dict) -> BaseLoop:
        """Build the validation loop, without pycocotools' prints while it reads the data."""
        with stdout_suppressed():
            return super().build_val_loop(loop)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """Move the model to this process's device; in a group, average its gradients over the processes.

        On GPUs batch statistics cover the whole batch. On a CPU each process has its own, because torch synchronizes
        them on GPUs only. The first process's are saved.
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
