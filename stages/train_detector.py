"""Trains the face detector on the train split's boxes."""

from mmengine import Config

from face_parsing.checkpoints.initial_weights import initial_weights
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.parameters import StageParameters, at
from face_parsing.core.schedules import Seed
from face_parsing.detector.coco import read_coco
from face_parsing.detector.config import CLASSES, detector_config, training_config
from face_parsing.detector.parameters import DetectorSchedule
from face_parsing.training.job import Job, train_and_save
from face_parsing.training.parameters import Machine, Training

IMAGES = paths.CLIPS / "JPEGImages"
BOXES, VAL_BOXES = paths.boxes_file("train"), paths.boxes_file("val")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    schedule: DetectorSchedule = at("profiles.${profile}.detector")
    machine: Machine = at("profiles.${profile}.machine")
    seed: Seed = at("det.seed")
    training: Training = at("train")


def main() -> None:
    """Write models/detector.pth, its provenance, and its training curves."""
    parameters = Parameters.read()
    boxes = read_coco(BOXES)
    if not boxes["annotations"]:
        raise PipelineError(f"{BOXES}: no face; expected train masks with faces (boxes.exclude, boxes.min_area)")
    schedule = parameters.schedule
    source = initial_weights(schedule.pretrained, "detector")
    config_file = paths.detector_config(parameters.profile)
    network = detector_config(config_file, pretrained=source is not None)

    def config(micro_steps: int) -> Config:
        return training_config(network, schedule, micro_steps, BOXES, VAL_BOXES, IMAGES)

    images = [IMAGES / image["file_name"] for coco in (boxes, read_coco(VAL_BOXES)) for image in coco["images"]]
    job = Job(
        config,
        schedule,
        images=len(boxes["images"]),
        seed=parameters.seed,
        pretrained=Pretrained((source,) if source else (), tuple(CLASSES)),
        parameters=parameters.by_key(),
        files=[*paths.config_files(config_file), BOXES, VAL_BOXES, *images],
        model=paths.model_file("detector"),
        curves=paths.CURVES / "detector",
        unfinished=paths.UNFINISHED,
    )
    train_and_save(job, parameters.training, parameters.machine)


if __name__ == "__main__":
    run(main)
