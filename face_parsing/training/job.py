"""A training stage's work: one training, from its config to a model file that says what it was trained with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine import Config

from face_parsing.pipeline.model_file import save_model
from face_parsing.training.acceleration import on_this_machine
from face_parsing.training.launching import group, launched
from face_parsing.training.parameters import Training
from face_parsing.training.pretrained import weights_file
from face_parsing.training.provenance import provenance
from face_parsing.training.resumption import state_file
from face_parsing.training.runner import Schedule, train


def train_and_save(
    config: Callable[[], Config],
    schedule: Schedule,
    training: Training,
    *,
    model: Path,
    curves: Path,
    unfinished: Path,
    labels: Sequence[str],
    parameters: Mapping[str, Any],
    files: Iterable[Path],
    pretrained: str | None = None,
) -> None:
    """Train in as many processes as ``training`` says, and save the model and its curves.

    Interrupted and called again with the same arguments, the training goes on from its last saved state.

    Args:
        config: makes the config of :func:`face_parsing.training.runner.train`; called where the training runs.
        schedule: iterations, batch size, seed, and the layout of images in memory.
        training: processes, precision, compilation, determinism.
        model: the model file to write.
        curves: the folder of curves to write.
        unfinished: the folder where the states of unfinished trainings are kept.
        labels: the names of the classes that the model tells apart.
        parameters: all that the stage reads, as plain Python values.
        files: the network's config file and every file that is trained on.
        pretrained: a checkpoint's file or URL to start from; None for random weights.

    Raises:
        UserError: see :func:`face_parsing.training.runner.train`.
    """
    if launched(training.gpus):
        return
    with group() as rank:
        origin = provenance(
            labels, parameters, on_this_machine(training.precision), [*files, *weights_file(pretrained)]
        )
        state = state_file(unfinished, origin)
        trained = train(config(), schedule, training, curves, state, pretrained)
        if rank == 0:
            save_model(model, trained, origin)
            state.unlink(missing_ok=True)  # without an iteration there is none
            print(f"{schedule.iterations} iterations of {schedule.batch_size} images: {model}, {curves}")
