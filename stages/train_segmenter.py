"""Trains one segmentation model on the cropped faces, starting from the trained backbone."""

from collections.abc import Callable, Iterable
from pathlib import Path

from mmengine import Config

from face_parsing.checkpoints.initial_weights import initial_weights
from face_parsing.checkpoints.model_file import is_url
from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.parameters import at
from face_parsing.segmenter.architecture import ArchitectureParameters
from face_parsing.segmenter.class_weights import crops_class_weights
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.training.job import Job, train_and_save
from face_parsing.training.parameters import Machine, Training


class Parameters(ArchitectureParameters):
    """What this stage reads of params.yaml."""

    schedule: SegmenterSchedule = at("profiles.${profile}.segmenter")
    machine: Machine = at("profiles.${profile}.machine")
    augmentation: Augmentation = at("seg.augment")
    segmenter: SegmenterTraining = at("seg.train")
    training: Training = at("train")


def main() -> None:
    """Write models/<name>.pth, its provenance and its training curves for the model's name on the command line."""
    name = item_argument("train_segmenter", __doc__, MODEL_NAMES)
    train(name, Parameters.read(), paths.model_file(name), paths.CURVES / name)


def train(
    name: str,
    parameters: Parameters,
    model: Path,
    curves: Path,
    vary: Callable[[Config], Config] = lambda config: config,
    files: Iterable[Path] = (),
) -> None:
    """Train a model; the stage train_student calls this too.

    Args:
        name: Name of the model.
        parameters: Parameters of the stage.
        model: The model file to write.
        curves: The folder of curves to write.
        vary: Changes the config of the training on labelled crops, such as to add other crops.
        files: Files or folders of the other crops.
    """
    architecture, schedule = parameters.architecture(name), parameters.schedule
    labels = read_labels(paths.LABELS)

    def config(micro_steps: int) -> Config:
        weights = crops_class_weights(paths.CROPS / "train", len(labels), schedule.class_weight_exponent)
        training = CropTraining(paths.CROPS, labels, weights, schedule, micro_steps, parameters.augmentation)
        return vary(segmenter_config(architecture, parameters.segmenter, training))

    # A file may hold a whole segmenter: its head is used here, the rest was the start of the backbone's training.
    source = initial_weights(schedule.pretrained, "segmenter")
    heads = [source] if source and not is_url(source) else []
    job = Job(
        config,
        schedule,
        images=len(list((paths.CROPS / "train/images").iterdir())),
        # Members of a vote must differ, so each draws its own initial weights, crops and order.
        seed=parameters.segmenter.seed + MODEL_NAMES.index(name),
        pretrained=architecture.pretrained([*heads, str(paths.model_file("backbone"))], labels.names),
        parameters={"name": name, **parameters.by_key()},
        files=[*architecture.config_files(), paths.LABELS, paths.CROPS, *files],
        model=model,
        curves=curves,
        unfinished=paths.UNFINISHED,
    )
    train_and_save(job, parameters.training, parameters.machine)


if __name__ == "__main__":
    run(main)
