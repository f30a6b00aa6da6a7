"""Train the segmenters' backbone, with the coarse head, on the cropped faces: where all three models start."""

from pathlib import Path

from stages.clips.labels import read_labels
from stages.clips.layout import read_label_map
from stages.parameters.reading import read
from stages.parameters.segmenter import Augmentation, BackboneTraining, SegmenterModel
from stages.parameters.training import Training
from stages.pipeline.entry import run
from stages.segmentation.balance import class_weights
from stages.segmentation.building import backbone_config
from stages.training.checkpoint import save_model, weights_file
from stages.training.launching import group, launched
from stages.training.provenance import provenance
from stages.training.resumption import state_file
from stages.training.runner import train

PARAMETERS = {
    "seg.model": SegmenterModel,
    "seg.pretrained": str | None,
    "seg.augment": Augmentation,
    "seg.pretrain": BackboneTraining,
    "train": Training,
}
LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops/train")
MODEL = Path("models/backbone.pth")
CURVES = Path("curves/backbone")
UNFINISHED = Path("unfinished")


def main() -> None:
    """Train the backbone from random weights, or from those that seg.pretrained names."""
    name, pretrained, augmentation, schedule, training = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    if launched(training.gpus):
        return
    with group() as rank:
        path = Path(f"configs/segmenter/{name}.py")
        label_maps = (read_label_map(file) for file in sorted((CROPS / "labels").glob("*.png")))
        weights = class_weights(label_maps, len(labels), schedule.balance)
        config = backbone_config(path, labels, schedule, augmentation, CROPS, weights)
        parameters = {
            "seg.model": name,
            "seg.pretrained": pretrained,
            "seg.augment": augmentation.model_dump(),
            "seg.pretrain": schedule.model_dump(),
            "train": training.model_dump(),
        }
        data = [file for file in CROPS.rglob("*") if file.is_file()]
        origin = provenance(labels.names, parameters, path, [LABELS, *data, *weights_file(pretrained)])
        state = state_file(UNFINISHED, origin)
        model = train(config, schedule, training, CURVES, state, pretrained)
        if rank == 0:
            save_model(MODEL, model, origin)
            state.unlink(missing_ok=True)  # without an iteration there is none
            print(f"{schedule.iterations} iterations of {schedule.batch_size} crops: {MODEL}")


if __name__ == "__main__":
    run(main)
