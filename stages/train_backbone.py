"""Trains the segmenters' shared backbone with the coarse head on the cropped faces."""

from mmengine import Config

from face_parsing.checkpoints.initial_weights import initial_weights
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import at
from face_parsing.segmenter.architecture import BackboneParameters
from face_parsing.segmenter.class_weights import crops_class_weights
from face_parsing.segmenter.parameters import Augmentation, BackboneTraining, CropSchedule
from face_parsing.segmenter.training_config import CropTraining, backbone_config
from face_parsing.training.job import Job, train_and_save
from face_parsing.training.parameters import Machine, Training


class Parameters(BackboneParameters):
    """What this stage reads of params.yaml."""

    pretrained: str | None = at("profiles.${profile}.segmenter.pretrained")
    schedule: CropSchedule = at("profiles.${profile}.backbone")
    machine: Machine = at("profiles.${profile}.machine")
    augmentation: Augmentation = at("seg.augment")
    backbone: BackboneTraining = at("seg.pretrain")
    training: Training = at("train")


def main() -> None:
    """Write models/backbone.pth, its provenance, and its training curves."""
    parameters = Parameters.read()
    architecture, schedule = parameters.architecture(), parameters.schedule
    labels = read_labels(paths.LABELS)
    source = initial_weights(parameters.pretrained, "segmenter")

    def config(micro_steps: int) -> Config:
        weights = crops_class_weights(paths.CROPS / "train", len(labels), schedule.class_weight_exponent)
        training = CropTraining(paths.CROPS, labels, weights, schedule, micro_steps, parameters.augmentation)
        return backbone_config(architecture, parameters.backbone, training)

    job = Job(
        config,
        schedule,
        images=len(list((paths.CROPS / "train/images").iterdir())),
        seed=parameters.backbone.seed,
        pretrained=architecture.pretrained([source] if source else [], labels.names),
        parameters=parameters.by_key(),
        files=[*architecture.config_files(), paths.LABELS, paths.CROPS],
        model=paths.model_file("backbone"),
        curves=paths.CURVES / "backbone",
        unfinished=paths.UNFINISHED,
    )
    train_and_save(job, parameters.training, parameters.machine)


if __name__ == "__main__":
    run(main)
