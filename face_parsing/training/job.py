"""A training stage's work: one training, from its config to a model file that says what it was trained with."""

import os
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine import Config

from face_parsing.pipeline.model_file import save_model
from face_parsing.pipeline.schedules import Schedule
from face_parsing.training.acceleration import on_this_machine
from face_parsing.training.launching import group, launched
from face_parsing.training.parameters import Machine, Training
from face_parsing.training.pretrained import weights_file
from face_parsing.training.processes import processes
from face_parsing.training.provenance import provenance
from face_parsing.training.resumption import state_file
from face_parsing.training.runner import Plan, train

MOST_WORKERS = 8  # of a process where the cores are to say: more don't feed one GPU faster


def train_and_save(
    config: Callable[[int], Config],
    schedule: Schedule,
    training: Training,
    machine: Machine,
    *,
    images: int,
    seed: int,
    model: Path,
    curves: Path,
    unfinished: Path,
    labels: Sequence[str],
    parameters: Mapping[str, Any],
    files: Iterable[Path],
    pretrained: Sequence[str] = (),
) -> None:
    """Train in as many processes as this machine has for it, and save the model and its curves.

    Interrupted and called again with the same arguments, the training goes on from its last saved state.

    Args:
        config: makes the config of :func:`face_parsing.training.runner.train` for a number of rounds; called where the
            training runs.
        schedule: length, batch, rate, and manner.
        training: processes, precision, compilation, determinism, and which state is kept.
        machine: processes and workers where the GPUs don't say how many.
        images: how many there are to train on.
        seed: of weights, sampling and augmentation.
        model: the model file to write.
        curves: the folder of curves to write.
        unfinished: the folder where the states of unfinished trainings are kept.
        labels: the names of the classes that the model tells apart.
        parameters: all that the stage reads, as plain Python values.
        files: the network's config file and every file that is trained on.
        pretrained: checkpoints' files or URLs to start from, later ones over earlier ones; none for random weights.

    Raises:
        UserError: see :func:`face_parsing.training.runner.train`.
    """
    count = processes(training, machine)
    if launched(count):
        return
    with group() as rank:
        first = [file for source in pretrained for file in weights_file(source)]
        origin = provenance(labels, parameters, on_this_machine(training.precision), [*files, *first])
        state = state_file(unfinished, origin)
        plan = planned(schedule, machine, count, images, seed)
        trained = train(config(plan.rounds), plan, training, curves, state, pretrained, labels)
        if rank == 0:
            save_model(model, trained, origin)
            state.unlink(missing_ok=True)  # without an iteration there is none
            print(
                f"{plan.iterations} iterations of {schedule.batch_size} images, {peak_memory()} at most: "
                f"{model}, {curves}"
            )


def planned(schedule: Schedule, machine: Machine, processes: int, images: int, seed: int) -> Plan:
    """A schedule on a number of images, with the workers that this machine's cores allow."""
    workers = min((os.cpu_count() or 1) // processes, MOST_WORKERS) if machine.workers is None else machine.workers
    return Plan(
        iterations=schedule.steps(images),
        seed=seed,
        accumulate=schedule.accumulate,
        checkpointing=schedule.checkpointing,
        channels_last=schedule.channels_last,
        validations=schedule.validations,
        workers=workers,
    )


def peak_memory() -> str:
    """The most memory that this process has had: of its GPU, or where there is none of the machine."""
    if torch.cuda.is_available():
        return f"{torch.cuda.max_memory_reserved() / 2**30:.1f} GiB of the GPU"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB a process"
