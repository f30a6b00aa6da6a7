"""Mask R-CNN as a parser, trained on the cropped faces from the trained detector: each part of a face is an instance.

The two are R-CNNs on a ResNet and FPN of one size: the one starts from the other's, and learns at its rate.
"""

import argparse
from pathlib import Path
from typing import get_args

from mmengine import Config

from face_parsing.instances.parameters import Also
from face_parsing.instances.training import training_config
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.pipeline.schedules import Seed
from face_parsing.segmenter.parameters import Augmentation, Segmenter
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Machine, Training

LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops")
DETECTOR = Path("models/detector.pth")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    segmenter: Segmenter = at("profiles.${profile}.segmenter")
    lr: float = at("profiles.${profile}.detector.lr")
    machine: Machine = at("profiles.${profile}.machine")
    augmentation: Augmentation = at("seg.augment")
    seed: Seed = at("seg.train.seed")
    training: Training = at("train")


def main() -> None:
    """Write models/<name>.pth and its training curves, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_parts", description=__doc__)
    parser.add_argument("name", choices=get_args(Also))
    name = parser.parse_args().name
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    schedule = parameters.segmenter.model_copy(update={"lr": parameters.lr})
    config_file = Path(f"configs/parts/{parameters.profile}.py")
    data_config = Path(f"configs/segmenter/se_hrnet/{parameters.profile}.py")

    def config(rounds: int) -> Config:
        return training_config(config_file, data_config, labels, schedule, rounds, parameters.augmentation, CROPS)

    train_and_save(
        config,
        schedule,
        parameters.training,
        parameters.machine,
        images=len(list((CROPS / "train/images").iterdir())),
        seed=parameters.seed,
        model=Path(f"models/{name}.pth"),
        curves=Path(f"curves/{name}"),
        unfinished=UNFINISHED,
        labels=labels.names,
        parameters={"name": name, **parameters.by_key()},
        files=[config_file, data_config, LABELS, *(file for file in CROPS.rglob("*") if file.is_file())],
        pretrained=[str(DETECTOR)],
    )


if __name__ == "__main__":
    run(main)
