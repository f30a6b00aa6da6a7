"""The face detector, trained on the train split's boxes."""

from pathlib import Path

from face_parsing.detector.building import CLASSES, detector_config, training_config
from face_parsing.detector.parameters import Detector
from face_parsing.pipeline.coco import read_coco
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.first_weights import first_weights
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.pipeline.schedules import Seed
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Machine, Training

IMAGES = Path("data/clips/JPEGImages")
BOXES = Path("data/boxes/train.json")
VAL_BOXES = Path("data/boxes/val.json")
MODEL = Path("models/detector.pth")
CURVES = Path("curves/detector")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    detector: Detector = at("profiles.${profile}.detector")
    machine: Machine = at("profiles.${profile}.machine")
    seed: Seed = at("det.seed")
    training: Training = at("train")


def main() -> None:
    """Write models/detector.pth and its training curves."""
    parameters = Parameters.read()
    boxes = read_coco(BOXES)
    if not boxes["annotations"]:
        raise UserError(f"{BOXES}: holds no face; expected train masks with some (boxes.exclude, boxes.min_area)")
    detector = parameters.detector
    config_file = Path(f"configs/detector/{parameters.profile}.py")
    pretrained = first_weights(detector.pretrained, "detector")
    network = detector_config(config_file, pretrained=pretrained is not None)
    shown = [*boxes["images"], *read_coco(VAL_BOXES)["images"]]
    train_and_save(
        lambda rounds: training_config(network, detector, rounds, BOXES, VAL_BOXES, IMAGES),
        detector,
        parameters.training,
        parameters.machine,
        images=len(boxes["images"]),
        seed=parameters.seed,
        model=MODEL,
        curves=CURVES,
        unfinished=UNFINISHED,
        labels=CLASSES,
        parameters=parameters.by_key(),
        files=[config_file, BOXES, VAL_BOXES, *(IMAGES / image["file_name"] for image in shown)],
        pretrained=[pretrained] if pretrained else [],
    )


if __name__ == "__main__":
    run(main)
