"""The faces of the train and val frames, cut out for the segmenters' training."""

from functools import partial
from pathlib import Path

from face_parsing.faces.cropping import crop_clip, detected_boxes, true_boxes
from face_parsing.faces.parameters import Crop, StoredCrops, TrainCrops
from face_parsing.pipeline.clips import read_split
from face_parsing.pipeline.coco import boxes_by_file, read_coco
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
BOXES = Path("data/boxes")
FACES = Path("data/faces.csv")
CROPS = Path("data/crops")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    crop: Crop = at("crop")
    training: TrainCrops = at("train_crops")
    stored: StoredCrops = at("profiles.${profile}.crops")


def main() -> None:
    """Write data/crops/{train,val}/{images,labels}."""
    parameters = Parameters.read()
    training = parameters.training
    labels = read_labels(LABELS)
    counts = {}
    with whole_directory(CROPS) as folder:
        for split in ("train", "val"):
            clips = read_split(CLIPS, split)
            if training.boxes == "detected":
                boxes = detected_boxes(FACES, CLIPS, clips)
            else:
                boxes = true_boxes(boxes_by_file(read_coco(BOXES / f"{split}.json")), clips, training.jitter)
            work = partial(
                crop_clip, CLIPS, labels, parameters.crop, training.context, parameters.stored.max_size, folder / split
            )
            counts[split] = sum(each(work, [(name, boxes[name]) for name in clips], f"crops {split}"))
    print(f"{counts['train']} crops for training and {counts['val']} for validation: {CROPS}")


if __name__ == "__main__":
    run(main)
