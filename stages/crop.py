"""Crops the faces of the train and val frames for the segmenters' training."""

from functools import partial

from face_parsing.clips.layout import read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.detector.coco import boxes_by_file, read_coco
from face_parsing.faces.cropping import crop_clip, detected_boxes, true_boxes
from face_parsing.faces.parameters import StoredCrops, TrainCrops
from face_parsing.geometry.squares import Crop


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    crop: Crop = at("crop")
    training: TrainCrops = at("train_crops")
    stored: StoredCrops = at("profiles.${profile}.crops")


def main() -> None:
    """Write data/crops/{train,val}/{images,labels}."""
    parameters = Parameters.read()
    training = parameters.training
    labels = read_labels(paths.LABELS)
    counts = {}
    with atomic_directory(paths.CROPS) as folder:
        for split in ("train", "val"):
            clips = read_split(paths.CLIPS, split)
            if training.boxes == "detected":
                boxes = detected_boxes(paths.FACES, paths.CLIPS, clips)
            else:
                boxes = true_boxes(boxes_by_file(read_coco(paths.boxes_file(split))), clips, training.jitter)
            work = partial(
                crop_clip,
                paths.CLIPS,
                labels,
                parameters.crop,
                training.context,
                parameters.stored.max_size,
                folder / split,
            )
            counts[split] = sum(parallel_map(work, [(name, boxes[name]) for name in clips], f"crops {split}"))
    print(f"{counts['train']} crops for training and {counts['val']} for validation: {paths.CROPS}")


if __name__ == "__main__":
    run(main)
