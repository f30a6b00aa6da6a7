"""The faces of the train and val frames, cut out for the segmenters' training."""

import zlib
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from stages.clips.labels import IGNORE_INDEX, LabelTable, read_labels
from stages.clips.layout import frames_of, read_image, read_label_map, read_split, write_jpeg, write_label_map
from stages.faces.boxes import jittered
from stages.faces.coco import boxes_by_file, read_coco
from stages.faces.crops import at_most, cut, square
from stages.faces.table import BOX, read_faces
from stages.parameters.faces import Crop, TrainCrops
from stages.parameters.reading import read
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each

PARAMETERS = {"crop": Crop, "train_crops": TrainCrops}
CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
BOXES = Path("data/boxes")
FACES = Path("data/faces.csv")
CROPS = Path("data/crops")


def detected_boxes(faces: pd.DataFrame, clips: list[str]) -> dict[str, dict[str, np.ndarray]]:
    """By clip and frame the (n, 4) boxes that the detector found.

    Raises:
        UserError: a frame of a clip has none; every frame should have one at least.
    """
    boxes = {name: {} for name in clips}
    for (name, frame), rows in faces[faces["clip"].isin(clips)].groupby(["clip", "frame"]):
        boxes[name][frame] = rows[BOX].to_numpy()
    for name in clips:
        for frame in frames_of(CLIPS, name):
            if frame.name not in boxes[name]:
                raise UserError(
                    f"{FACES}: no row for frame {frame.name} of clip {name}; expected the clips it was made from"
                )
    return boxes


def true_boxes(truths: dict[str, np.ndarray], clips: list[str], jitter: float) -> dict[str, dict[str, np.ndarray]]:
    """By clip and frame the (n, 4) boxes of the masks (by image file), moved as a detector might; n may be 0."""
    boxes = {name: {} for name in clips}
    for file, of_frame in truths.items():
        path = Path(file)
        # A frame's jitter is its own, whatever other frames there are.
        rng = np.random.default_rng(zlib.crc32(file.encode()))
        boxes[path.parent.as_posix()][path.stem] = jittered(of_frame, jitter, rng)
    return boxes


def crop_clip(
    labels: LabelTable, crop: Crop, training: TrainCrops, out: Path, clip: tuple[str, dict[str, np.ndarray]]
) -> int:
    """Write the crops of one clip's faces: out/images/<clip>_<frame>_<k>.jpg and out/labels/<the same>.png.

    ``clip`` is its name and the (n, 4) boxes of its frames. Labels of the padding are ignored. Returns the crops'
    number.
    """
    name, boxes = clip
    for frame in frames_of(CLIPS, name):
        image, label_map = read_image(frame.image), read_label_map(frame.annotation)
        for k, box in enumerate(boxes[frame.name]):
            around = square(box, crop.margin + training.context)
            file = f"{name}_{frame.name}_{k}"
            pixels = at_most(cut(image, around, crop.pad_value), training.max_size, cv2.INTER_AREA)
            write_jpeg(out / "images" / f"{file}.jpg", pixels)
            values = at_most(cut(label_map, around, IGNORE_INDEX), training.max_size, cv2.INTER_NEAREST_EXACT)
            write_label_map(out / "labels" / f"{file}.png", values, labels)
    return sum(map(len, boxes.values()))


def main() -> None:
    """Write data/crops/{train,val}/{images,labels}."""
    parameters, training = (read(key, schema) for key, schema in PARAMETERS.items())
    labels = read_labels(LABELS)
    counts = {}
    with whole_directory(CROPS) as folder:
        for split in ("train", "val"):
            clips = read_split(CLIPS, split)
            if training.boxes == "detected":
                boxes = detected_boxes(read_faces(FACES), clips)
            else:
                boxes = true_boxes(boxes_by_file(read_coco(BOXES / f"{split}.json")), clips, training.jitter)
            crop = partial(crop_clip, labels, parameters, training, folder / split)
            counts[split] = sum(each(crop, [(name, boxes[name]) for name in clips], f"crops {split}"))
    print(f"{counts['train']} crops for training and {counts['val']} for validation: {CROPS}")


if __name__ == "__main__":
    run(main)
