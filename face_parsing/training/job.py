"""The work of a training stage: one training, from its config to a model file and its provenance."""

import os
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mmengine.dist
import torch
from mmengine import Config

from face_parsing.checkpoints.model_file import save_model
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core.schedules import Schedule
from face_parsing.provenance.record import provenance, write_provenance
from face_parsing.training.acceleration import on_this_machine
from face_parsing.training.launching import group, launched
from face_parsing.training.parameters import Machine, Training
from face_parsing.training.processes import processes
from face_parsing.training.resumption import state_file
from face_parsing.training.runner import Plan, train

MOST_WORKERS = 8  # of each process by default: more do not feed a GPU faster


@dataclass(frozen=True)
class Job:
    """One training: its config, data and outputs.

    Attributes:
        config: Makes the config of :func:`face_parsing.training.runner.train` for a number of micro-steps. Each
            training process calls it.
        schedule: Length, batch size and learning rate.
        images: Number of images to train on.
        seed: Random seed of initial weights, sampling and augmentation.
        pretrained: Initial weights, and the names of the classes.
        parameters: All parameters that the stage reads, as plain Python values.
        files: The network's config files and all training data. A folder stands for the files below it.
        model: The model file to write; its provenance is written beside it.
        curves: The folder to write the curves to.
        unfinished: The folder for states of unfinished trainings.
    """

    config: Callable[[int], Config]
    schedule: Schedule
    images: int
    seed: int
    pretrained: Pretrained
    parameters: Mapping[str, Any]
    files: Sequence[Path]
    model: Path
    curves: Path
    unfinished: Path


def train_and_save(job: Job, training: Training, machine: Machine) -> None:
    """Train in one or several processes, and save the model, its provenance and its curves.

    An interrupted training resumes from its last saved state when it is called again with the same arguments.

    Args:
        job: The training.
        training: Processes, precision, compilation, determinism, and which state to keep.
        machine: Number of processes without a GPU, and of workers.

    Raises:
        PipelineError: See :func:`face_parsing.training.runner.train`.
    """
    count = processes(training, machine)
    if launched(count):
        return
    with group() as rank:
        files = [*job.files, *job.pretrained.files()]
        precision, group_size = on_this_machine(training.precision), mmengine.dist.get_world_size()
        origin = provenance(job.pretrained.labels, job.parameters, precision, group_size, files)
        state = state_file(job.unfinished, origin)
        plan = planned(job.schedule, machine, count, job.images, job.seed)
        trained = train(job.config(plan.micro_steps), plan, training, job.curves, state, job.pretrained)
        if rank == 0:
            write_provenance(job.model, origin)
            save_model(job.model, trained, job.pretrained.labels)
            state.unlink(missing_ok=True)  # a training of zero iterations saves no state
            print(
                f"{plan.iterations} iterations of {job.schedule.batch_size} images, peak memory {peak_memory()}: "
                f"{job.model}, {job.curves}"
            )


def planned(schedule: Schedule, machine: Machine, processes: int, images: int, seed: int) -> Plan:
    """The plan of a schedule on a number of images, with the workers that this machine's cores allow."""
    workers = min((os.cpu_count() or 1) // processes, MOST_WORKERS) if machine.workers is None else machine.workers
    return Plan(
        iterations=schedule.steps(images),
        seed=seed,
        gradient_accumulation=schedule.gradient_accumulation,
        activation_checkpointing=schedule.activation_checkpointing,
        channels_last=schedule.channels_last,
        validations=schedule.validations,
        workers=workers,
    )


def peak_memory() -> str:
    """The peak memory of this process: of its GPU, or without one its main memory."""
    if torch.cuda.is_available():
        return f"{torch.cuda.max_memory_reserved() / 2**30:.1f} GiB of the GPU"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB per process"
