"""The face detector, trained on the train split's boxes."""

from pathlib import Path

from stages.detection.building import LABELS, detector_config, training_config
from stages.faces.coco import read_coco
from stages.parameters.detector import DetectorTraining, Model
from stages.parameters.reading import read
from stages.parameters.training import Training
from stages.pipeline.entry import UserError, run
from stages.training.checkpoint import save_model, weights_file
from stages.training.launching import group, launched
from stages.training.provenance import provenance
from stages.training.resumption import state_file
from stages.training.runner import train

PARAMETERS = {"det.model": Model, "det.pretrained": str | None, "det.train": DetectorTraining, "train": Training}
CONFIGS = Path("configs/detector")
IMAGES = Path("data/clips/JPEGImages")
BOXES = Path("data/boxes/train.json")
MODEL = Path("models/detector.pth")
CURVES = Path("curves/detector")
UNFINISHED = Path("unfinished")


def main() -> None:
    """Write models/detector.pth and its training curves."""
    name, pretrained, schedule, training = (read(key, schema) for key, schema in PARAMETERS.items())
    boxes = read_coco(BOXES)
    if not boxes["annotations"]:
        raise UserError(f"{BOXES}: holds no face; expected train masks with some (boxes.exclude, boxes.min_area)")
    if launched(training.gpus):
        return
    with group() as rank:
        path = CONFIGS / f"{name}.py"
        config = training_config(
            detector_config(path, pretrained=pretrained is not None),
            BOXES,
            IMAGES,
            schedule.iterations,
            schedule.batch_size,
            schedule.lr,
        )
        parameters = {
            "det.model": name,
            "det.pretrained": pretrained,
            "det.train": schedule.model_dump(),
            "train": training.model_dump(),
        }
        data = [BOXES, *(IMAGES / image["file_name"] for image in boxes["images"])]
        origin = provenance(LABELS, parameters, path, [*data, *weights_file(pretrained)])
        state = state_file(UNFINISHED, origin)
        model = train(config, schedule, training, CURVES, state, pretrained)
        if rank == 0:
            save_model(MODEL, model, origin)
            state.unlink()
            print(f"{name} detector trained for {schedule.iterations} iterations: {MODEL}, {CURVES}")


if __name__ == "__main__":
    run(main)
