"""Full-frame label maps of the test clips by one segmentation model."""

import argparse
from functools import partial
from pathlib import Path

from tqdm import tqdm

from stages.clips.labels import read_labels
from stages.clips.layout import frames_of, read_image, read_split, write_label_map
from stages.faces.table import BOX, read_faces
from stages.fusion.scores import compose, write_probabilities
from stages.parameters.faces import Crop
from stages.parameters.predictions import PREDICTION_OF, SegmenterTest, Vote
from stages.parameters.reading import read
from stages.parameters.segmenter import SegmenterModel
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.segmentation.building import FUSIONS, load_segmenter
from stages.segmentation.inference import crop_scores, faces_in

PARAMETERS = {
    "seg.model": SegmenterModel,
    "seg.refinement": bool,
    "seg.test": SegmenterTest,
    "crop": Crop,
    "ensemble.vote": Vote,
}
LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
PREDICTIONS = Path("data/predictions")
PROBABILITIES = Path("data/probabilities")  # empty but for a soft vote


def main() -> None:
    """Segment with the fusion given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.segment", description=__doc__)
    parser.add_argument("fusion", choices=FUSIONS)
    fusion = parser.parse_args().fusion
    name, refinement, test, crop, kind = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    config, weights = Path(f"configs/segmenter/{name}.py"), Path(f"models/segmenter_{fusion}.pth")
    model = load_segmenter(config, weights, fusion, labels, refinement)
    scores_of = partial(
        crop_scores,
        model,
        size=test.crop_size,
        scales=test.scales,
        mirrored=labels.mirrored[: len(labels)].tolist() if test.flip else None,
        probabilities=kind == "soft",
    )
    # By ascending score, since faces composed later cover earlier ones.
    boxes_of = {
        key: rows[BOX].to_numpy() for key, rows in read_faces(FACES).sort_values("score").groupby(["clip", "frame"])
    }
    frames = [frame for clip in read_split(CLIPS, "test") for frame in frames_of(CLIPS, clip)]
    output = PREDICTION_OF[fusion]
    with whole_directory(PREDICTIONS / output) as folder, whole_directory(PROBABILITIES / output) as soft_folder:
        for start in tqdm(range(0, len(frames), test.batch_size), desc=output, unit="batch", mininterval=1.0):
            batch = frames[start : start + test.batch_size]
            images = [read_image(frame.image) for frame in batch]
            boxes = [boxes_of[frame.clip, frame.name] for frame in batch]
            for frame, image, faces in zip(batch, images, faces_in(images, boxes, crop, scores_of), strict=True):
                label_map = compose(image.shape[:2], faces, test.resize)
                write_label_map(folder / frame.clip / f"{frame.name}.png", label_map, labels)
                if kind == "soft":
                    write_probabilities(soft_folder / frame.clip / f"{frame.name}.npz", faces)
    print(f"{len(frames)} frames segmented: {PREDICTIONS / output}")


if __name__ == "__main__":
    run(main)
