"""Train one segmentation model, named by its feature fusion, on the cropped faces."""

import argparse
from pathlib import Path

from stages.clips.labels import read_labels
from stages.clips.layout import read_label_map
from stages.parameters.reading import read
from stages.parameters.segmenter import SegmenterModel, SegmenterTraining
from stages.pipeline.entry import run
from stages.segmentation.balance import class_weights
from stages.segmentation.building import FUSIONS, training_config
from stages.training.checkpoint import save_model
from stages.training.runner import train

PARAMETERS = {"seg.model": SegmenterModel, "seg.pretrained": str | None, "seg.train": SegmenterTraining}
LABELS = Path("data/labels.yaml")
CROPS = Path("data/crops/train")


def main() -> None:
    """Train the fusion given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_segmenter", description=__doc__)
    parser.add_argument("fusion", choices=FUSIONS)
    fusion = parser.parse_args().fusion
    name, pretrained, training = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    label_maps = (read_label_map(path) for path in sorted((CROPS / "labels").glob("*.png")))
    weights = class_weights(label_maps, len(labels), training.balance)
    config = training_config(Path(f"configs/segmenter/{name}.py"), fusion, labels, training, CROPS, weights)
    curves = Path(f"curves/segmenter_{fusion}")
    model = train(config, training.iterations, training.seed, curves, pretrained, processes=training.processes)
    output = Path(f"models/segmenter_{fusion}.pth")
    parameters = {"fusion": fusion, "model": name, "pretrained": pretrained, "train": training.model_dump()}
    save_model(output, model, labels.names, parameters)
    print(f"{training.iterations} iterations of {training.batch_size} crops with fusion {fusion}: {output}")


if __name__ == "__main__":
    run(main)
