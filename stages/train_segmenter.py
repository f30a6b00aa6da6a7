"""One segmentation model, trained on the cropped faces from the trained backbone."""

import argparse
from pathlib import Path

from mmengine import Config

from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.segmenter.balance import crops_class_weights
from face_parsing.segmenter.building import training_config
from face_parsing.segmenter.parameters import Augmentation, Layers, SegmenterModel, SegmenterTraining
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Training

LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops/train")
BACKBONE = Path("models/backbone.pth")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    model: SegmenterModel = at("seg.model")
    layers: Layers = at("seg.layers")
    augmentation: Augmentation = at("seg.augment")
    schedule: SegmenterTraining = at("seg.train")
    training: Training = at("train")


def main() -> None:
    """Write models/<name>.pth and its training curves, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_segmenter", description=__doc__)
    parser.add_argument("name", choices=MODEL_NAMES)
    name = parser.parse_args().name
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    config_file = Path(f"configs/segmenter/{parameters.model}.py")
    # Members of a vote have to differ: each draws first weights, crops and their order by itself.
    seed = parameters.schedule.seed + MODEL_NAMES.index(name)
    schedule = parameters.schedule.model_copy(update={"seed": seed})

    def config() -> Config:
        weights = crops_class_weights(CROPS, len(labels), schedule.balance)
        return training_config(
            config_file, name, labels, schedule, parameters.augmentation, CROPS, weights, parameters.layers
        )

    train_and_save(
        config,
        schedule,
        parameters.training,
        model=Path(f"models/{name}.pth"),
        curves=Path(f"curves/{name}"),
        unfinished=UNFINISHED,
        labels=labels.names,
        parameters={"name": name, **parameters.by_key()},
        files=[config_file, LABELS, *(file for file in CROPS.rglob("*") if file.is_file())],
        pretrained=str(BACKBONE),
    )


if __name__ == "__main__":
    run(main)
