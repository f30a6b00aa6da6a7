"""Full-frame label maps of the test clips by one segmentation model."""

import argparse
from pathlib import Path

from tqdm import tqdm

from stages.clips.labels import read_labels
from stages.clips.layout import frames_of, read_image, read_split, write_label_map
from stages.faces.table import BOX, read_faces
from stages.parameters.faces import Crop
from stages.parameters.predictions import PREDICTION_OF, SegmenterTest
from stages.parameters.reading import read
from stages.parameters.segmenter import SegmenterModel
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.segmentation.building import FUSIONS, load_segmenter
from stages.segmentation.inference import frame_label_maps

PARAMETERS = {"seg.model": SegmenterModel, "seg.test": SegmenterTest, "crop": Crop}
LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
PREDICTIONS = Path("data/predictions")


def main() -> None:
    """Segment with the fusion given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.segment", description=__doc__)
    parser.add_argument("fusion", choices=FUSIONS)
    fusion = parser.parse_args().fusion
    name, test, crop = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    config, weights = Path(f"configs/segmenter/{name}.py"), Path(f"models/segmenter_{fusion}.pth")
    model = load_segmenter(config, weights, fusion, labels)
    boxes_of = {
        key: rows[BOX].to_numpy() for key, rows in read_faces(FACES).sort_values("score").groupby(["clip", "frame"])
    }
    frames = [frame for clip in read_split(CLIPS, "test") for frame in frames_of(CLIPS, clip)]
    output = PREDICTIONS / PREDICTION_OF[fusion]
    with whole_directory(output) as folder:
        for start in tqdm(range(0, len(frames), test.batch_size), desc=output.name, unit="batch", mininterval=1.0):
            batch = frames[start : start + test.batch_size]
            label_maps = frame_label_maps(
                model,
                [read_image(frame.image) for frame in batch],
                [boxes_of[frame.clip, frame.name] for frame in batch],
                margin=crop.margin,
                pad_value=crop.pad_value,
                size=test.crop_size,
            )
            for frame, label_map in zip(batch, label_maps, strict=True):
                write_label_map(folder / frame.clip / f"{frame.name}.png", label_map, labels)
    print(f"{len(frames)} frames segmented: {output}")


if __name__ == "__main__":
    run(main)
