"""Train one segmentation model, named by its feature fusion, on the cropped faces, from the trained backbone."""

import argparse
from pathlib import Path

from stages.clips.labels import read_labels
from stages.clips.layout import read_label_map
from stages.parameters.reading import read
from stages.parameters.segmenter import Augmentation, SegmenterModel, SegmenterTraining
from stages.parameters.training import Training
from stages.pipeline.entry import run
from stages.segmentation.balance import class_weights
from stages.segmentation.building import FUSIONS, training_config
from stages.training.checkpoint import save_model
from stages.training.launching import group, launched
from stages.training.provenance import provenance
from stages.training.resumption import state_file
from stages.training.runner import train

PARAMETERS = {
    "seg.model": SegmenterModel,
    "seg.refinement": bool,
    "seg.augment": Augmentation,
    "seg.train": SegmenterTraining,
    "train": Training,
}
LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops/train")
BACKBONE = Path("models/backbone.pth")
UNFINISHED = Path("unfinished")


def main() -> None:
    """Train the fusion given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_segmenter", description=__doc__)
    parser.add_argument("fusion", choices=FUSIONS)
    fusion = parser.parse_args().fusion
    name, refinement, augmentation, schedule, training = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    if launched(training.gpus):
        return
    with group() as rank:
        path = Path(f"configs/segmenter/{name}.py")
        label_maps = (read_label_map(file) for file in sorted((CROPS / "labels").glob("*.png")))
        weights = class_weights(label_maps, len(labels), schedule.balance)
        config = training_config(path, fusion, labels, schedule, augmentation, CROPS, weights, refinement)
        curves = Path(f"curves/segmenter_{fusion}")
        output = Path(f"models/segmenter_{fusion}.pth")
        parameters = {
            "fusion": fusion,
            "seg.model": name,
            "seg.refinement": refinement,
            "seg.augment": augmentation.model_dump(),
            "seg.train": schedule.model_dump(),
            "train": training.model_dump(),
        }
        data = [file for file in CROPS.rglob("*") if file.is_file()]
        origin = provenance(labels.names, parameters, path, [LABELS, *data, BACKBONE])
        state = state_file(UNFINISHED, origin)
        model = train(config, schedule, training, curves, state, pretrained=str(BACKBONE))
        if rank == 0:
            save_model(output, model, origin)
            state.unlink()
            print(f"{schedule.iterations} iterations of {schedule.batch_size} crops with fusion {fusion}: {output}")


if __name__ == "__main__":
    run(main)
