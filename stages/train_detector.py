"""The face detector, trained on the train split's boxes."""

from pathlib import Path

from face_parsing.detector.building import CLASSES, detector_config, training_config
from face_parsing.detector.parameters import DetectorModel, DetectorTraining
from face_parsing.pipeline.coco import read_coco
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.training.job import train_and_save
from face_parsing.training.parameters import Training

IMAGES = Path("data/clips/JPEGImages")
BOXES = Path("data/boxes/train.json")
MODEL = Path("models/detector.pth")
CURVES = Path("curves/detector")
UNFINISHED = Path("unfinished")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    model: DetectorModel = at("det.model")
    pretrained: str | None = at("det.pretrained")
    schedule: DetectorTraining = at("det.train")
    training: Training = at("train")


def main() -> None:
    """Write models/detector.pth and its training curves."""
    parameters = Parameters.read()
    boxes = read_coco(BOXES)
    if not boxes["annotations"]:
        raise UserError(f"{BOXES}: holds no face; expected train masks with some (boxes.exclude, boxes.min_area)")
    config_file = Path(f"configs/detector/{parameters.model}.py")
    network = detector_config(config_file, pretrained=parameters.pretrained is not None)
    train_and_save(
        lambda: training_config(network, parameters.schedule, BOXES, IMAGES),
        parameters.schedule,
        parameters.training,
        model=MODEL,
        curves=CURVES,
        unfinished=UNFINISHED,
        labels=CLASSES,
        parameters=parameters.by_key(),
        files=[config_file, BOXES, *(IMAGES / image["file_name"] for image in boxes["images"])],
        pretrained=parameters.pretrained,
    )


if __name__ == "__main__":
    run(main)
