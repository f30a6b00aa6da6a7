"""Trains Mask R-CNN as a parser on the cropped faces; each part of a face is an instance.

It starts from the detector's weights and has the detector's learning rate, since both have the same ResNet and FPN.
"""

from typing import get_args

from mmengine import Config

from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import StageParameters, at
from face_parsing.core.schedules import Seed
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule
from face_parsing.segmenter.training_config import CropTraining
from face_parsing.training.job import Job, train_and_save
from face_parsing.training.parameters import Machine, Training
from face_parsing.variants.mask_rcnn.parameters import Also
from face_parsing.variants.mask_rcnn.training import mask_rcnn_config


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    segmenter: SegmenterSchedule = at("profiles.${profile}.segmenter")
    lr: float = at("profiles.${profile}.detector.lr")
    machine: Machine = at("profiles.${profile}.machine")
    augmentation: Augmentation = at("seg.augment")
    seed: Seed = at("seg.train.seed")
    training: Training = at("train")


def main() -> None:
    """Write models/<name>.pth, its provenance and its training curves for the name on the command line."""
    name = item_argument("train_parts", __doc__, get_args(Also))
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    schedule = parameters.segmenter.model_copy(update={"lr": parameters.lr})
    config_file = paths.mask_rcnn_config(parameters.profile)
    data = Architecture(paths.segmenter_config("se_hrnet", parameters.profile), "ocrnet")

    def config(micro_steps: int) -> Config:
        equal = [1.0] * len(labels)
        training = CropTraining(paths.CROPS, labels, equal, schedule, micro_steps, parameters.augmentation)
        return mask_rcnn_config(config_file, data, training)

    job = Job(
        config,
        schedule,
        images=len(list((paths.CROPS / "train/images").iterdir())),
        seed=parameters.seed,
        pretrained=Pretrained((str(paths.model_file("detector")),), tuple(labels.names)),
        parameters={"name": name, **parameters.by_key()},
        files=[*paths.config_files(config_file), *data.config_files(), paths.LABELS, paths.CROPS],
        model=paths.model_file(name),
        curves=paths.CURVES / name,
        unfinished=paths.UNFINISHED,
    )
    train_and_save(job, parameters.training, parameters.machine)


if __name__ == "__main__":
    run(main)
