"""The segmenters' backbone, trained with the coarse head on the cropped faces: where all three models start."""

from pathlib import Path

from mmengine import Config

from face_parsing.pipeline.entry import run
from face_parsing.pipeline.first_weights import first_weights
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.segmenter.balance import crops_class_weights
from face_parsing.segmenter.building import backbone_config
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneName,
    BackboneTraining,
    CoarseHeadName,
    CropSchedule,
)
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Machine, Training

LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops")
MODEL = Path("models/backbone.pth")
CURVES = Path("curves/backbone")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    pretrained: str | None = at("profiles.${profile}.segmenter.pretrained")
    schedule: CropSchedule = at("profiles.${profile}.backbone")
    machine: Machine = at("profiles.${profile}.machine")
    augmentation: Augmentation = at("seg.augment")
    backbone: BackboneTraining = at("seg.pretrain")
    backbone_name: BackboneName = at("seg.backbone")
    coarse_head: CoarseHeadName = at("seg.coarse_head")
    training: Training = at("train")


def main() -> None:
    """Write models/backbone.pth and its training curves."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    config_file = Path(f"configs/segmenter/{parameters.backbone_name}/{parameters.profile}.py")
    schedule = parameters.schedule
    pretrained = first_weights(parameters.pretrained, "segmenter")

    def config(rounds: int) -> Config:
        weights = crops_class_weights(CROPS / "train", len(labels), schedule.balance)
        return backbone_config(
            config_file,
            labels,
            schedule,
            rounds,
            parameters.backbone,
            parameters.augmentation,
            CROPS,
            weights,
            coarse_head=parameters.coarse_head,
        )

    train_and_save(
        config,
        schedule,
        parameters.training,
        parameters.machine,
        images=len(list((CROPS / "train/images").iterdir())),
        seed=parameters.backbone.seed,
        model=MODEL,
        curves=CURVES,
        unfinished=UNFINISHED,
        labels=labels.names,
        parameters=parameters.by_key(),
        files=[config_file, LABELS, *(file for file in CROPS.rglob("*") if file.is_file())],
        pretrained=[pretrained] if pretrained else [],
    )


if __name__ == "__main__":
    run(main)
