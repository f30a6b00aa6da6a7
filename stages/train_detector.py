"""The face detector, trained on the train split's boxes."""

from pathlib import Path

from stages.detection.building import LABELS, detector_config, training_config
from stages.faces.coco import read_coco
from stages.parameters.detector import DetectorTraining, Model
from stages.parameters.reading import read
from stages.pipeline.entry import UserError, run
from stages.training.checkpoint import save_model
from stages.training.runner import train

PARAMETERS = {"det.model": Model, "det.pretrained": str | None, "det.train": DetectorTraining}
CONFIGS = Path("configs/detector")
IMAGES = Path("data/clips/JPEGImages")
BOXES = Path("data/boxes/train.json")
MODEL = Path("models/detector.pth")
CURVES = Path("curves/detector")


def main() -> None:
    """Write models/detector.pth and its training curves."""
    name, pretrained, parameters = (read(key, schema) for key, schema in PARAMETERS.items())
    if not read_coco(BOXES)["annotations"]:
        raise UserError(f"{BOXES}: holds no face; expected train masks with some (boxes.exclude, boxes.min_area)")
    config = training_config(
        detector_config(CONFIGS / f"{name}.py", pretrained=pretrained is not None),
        BOXES,
        IMAGES,
        parameters.iterations,
        parameters.batch_size,
        parameters.lr,
    )
    model = train(config, parameters.iterations, parameters.seed, CURVES, pretrained, processes=parameters.processes)
    save_model(MODEL, model, LABELS, {"det.model": name, "det.train": parameters.model_dump()})
    print(f"{name} detector trained for {parameters.iterations} iterations: {MODEL}, {CURVES}")


if __name__ == "__main__":
    run(main)
