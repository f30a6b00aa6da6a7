"""One segmentation model, trained on the cropped faces from the trained backbone."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from mmengine import Config

from face_parsing.pipeline.entry import run
from face_parsing.pipeline.first_weights import first_weights
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.segmenter.balance import crops_class_weights
from face_parsing.segmenter.building import training_config
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneName,
    CoarseHeadName,
    Layers,
    Previous,
    Segmenter,
    SegmenterTraining,
)
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Machine, Training
from face_parsing.training.pretrained import weights_file

LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops")
BACKBONE = Path("models/backbone.pth")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    segmenter: Segmenter = at("profiles.${profile}.segmenter")
    machine: Machine = at("profiles.${profile}.machine")
    layers: Layers = at("seg.layers")
    augmentation: Augmentation = at("seg.augment")
    whole: SegmenterTraining = at("seg.train")
    previous: Previous = at("seg.previous")
    backbone_name: BackboneName = at("seg.backbone")
    coarse_head: CoarseHeadName = at("seg.coarse_head")
    training: Training = at("train")


def main() -> None:
    """Write models/<name>.pth and its training curves, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_segmenter", description=__doc__)
    parser.add_argument("name", choices=MODEL_NAMES)
    name = parser.parse_args().name
    train(name, Parameters.read(), Path(f"models/{name}.pth"), Path(f"curves/{name}"))


def train(
    name: str,
    parameters: Parameters,
    model: Path,
    curves: Path,
    on_crops: Callable[[Config], Config] = lambda config: config,
    files: Iterable[Path] = (),
) -> None:
    """Train a model; the stage train_student does too.

    Args:
        name: The model's.
        parameters: What the stage reads.
        model: The file to write.
        curves: The folder to write.
        on_crops: Makes the config for other crops out of that for the labelled ones.
        files: The other crops'.
    """
    labels = read_labels(LABELS)
    schedule = parameters.segmenter
    # The file may be that of a whole segmenter, whose head is a start too; its backbone has been trained on since.
    first = weights_file(first_weights(schedule.pretrained, "segmenter"))
    config_file = Path(f"configs/segmenter/{parameters.backbone_name}/{parameters.profile}.py")

    def config(rounds: int) -> Config:
        weights = crops_class_weights(CROPS / "train", len(labels), schedule.balance)
        labelled = training_config(
            config_file,
            name,
            labels,
            schedule,
            rounds,
            parameters.whole,
            parameters.augmentation,
            CROPS,
            weights,
            parameters.layers,
            previous=parameters.previous,
            coarse_head=parameters.coarse_head,
        )
        return on_crops(labelled)

    train_and_save(
        config,
        schedule,
        parameters.training,
        parameters.machine,
        images=len(list((CROPS / "train/images").iterdir())),
        # Members of a vote have to differ: each draws first weights, crops and their order by itself.
        seed=parameters.whole.seed + MODEL_NAMES.index(name),
        model=model,
        curves=curves,
        unfinished=UNFINISHED,
        labels=labels.names,
        parameters={"name": name, **parameters.by_key()},
        files=[config_file, LABELS, *(file for file in CROPS.rglob("*") if file.is_file()), *files],
        pretrained=[*map(str, first), str(BACKBONE)],
    )


if __name__ == "__main__":
    run(main)
