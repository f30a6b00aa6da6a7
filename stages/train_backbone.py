"""The segmenters' backbone, trained with the coarse head on the cropped faces: where all three models start."""

from pathlib import Path

from mmengine import Config

from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.segmenter.balance import crops_class_weights
from face_parsing.segmenter.building import backbone_config
from face_parsing.segmenter.parameters import Augmentation, BackboneTraining, SegmenterModel
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Training

LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops/train")
MODEL = Path("models/backbone.pth")
CURVES = Path("curves/backbone")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    model: SegmenterModel = at("seg.model")
    pretrained: str | None = at("seg.pretrained")
    augmentation: Augmentation = at("seg.augment")
    schedule: BackboneTraining = at("seg.pretrain")
    training: Training = at("train")


def main() -> None:
    """Write models/backbone.pth and its training curves."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    config_file = Path(f"configs/segmenter/{parameters.model}.py")
    schedule = parameters.schedule

    def config() -> Config:
        class_weight = crops_class_weights(CROPS, len(labels), schedule.balance)
        return backbone_config(config_file, labels, schedule, parameters.augmentation, CROPS, class_weight)

    train_and_save(
        config,
        schedule,
        parameters.training,
        model=MODEL,
        curves=CURVES,
        unfinished=UNFINISHED,
        labels=labels.names,
        parameters=parameters.by_key(),
        files=[config_file, LABELS, *(file for file in CROPS.rglob("*") if file.is_file())],
        pretrained=parameters.pretrained,
    )


if __name__ == "__main__":
    run(main)
