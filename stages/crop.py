"""The faces of the train and val frames, cut out for the segmenters' training."""

from functools import partial
from pathlib import Path

import cv2
import pandas as pd

from stages.clips.labels import IGNORE_INDEX, LabelTable, read_labels
from stages.clips.layout import frames_of, read_image, read_label_map, read_split, write_jpeg, write_label_map
from stages.faces.crops import at_most, cut, square
from stages.faces.table import BOX, read_faces
from stages.parameters.faces import Crop
from stages.parameters.reading import read
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each

PARAMETERS = {"crop": Crop}
CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
FACES = Path("data/faces.csv")
CROPS = Path("data/crops")


def crop_clip(labels: LabelTable, crop: Crop, out: Path, clip: tuple[str, pd.DataFrame]) -> int:
    """Write the crops of one clip's faces: out/images/<clip>_<frame>_<k>.jpg and out/labels/<the same>.png.

    ``clip`` is its name and its rows of the face table. Labels of the padding are ignored. Returns the crops' number.
    """
    name, faces = clip
    for frame in frames_of(CLIPS, name):
        boxes = faces.loc[faces.frame == frame.name, BOX].to_numpy()
        if not len(boxes):
            raise UserError(
                f"{FACES}: no row for frame {frame.name} of clip {name}; expected the clips it was made from"
            )
        image, label_map = read_image(frame.image), read_label_map(frame.annotation)
        for k, box in enumerate(boxes):
            around = square(box, crop.margin + crop.context)
            file = f"{name}_{frame.name}_{k}"
            pixels = at_most(cut(image, around, crop.pad_value), crop.max_size, cv2.INTER_AREA)
            write_jpeg(out / "images" / f"{file}.jpg", pixels)
            values = at_most(cut(label_map, around, IGNORE_INDEX), crop.max_size, cv2.INTER_NEAREST_EXACT)
            write_label_map(out / "labels" / f"{file}.png", values, labels)
    return len(faces)


def main() -> None:
    """Write data/crops/{train,val}/{images,labels}."""
    parameters, labels, faces = read("crop", Crop), read_labels(LABELS), read_faces(FACES)
    by_clip = dict(iter(faces.groupby("clip")))
    counts = {}
    with whole_directory(CROPS) as folder:
        for split in ("train", "val"):
            crop = partial(crop_clip, labels, parameters, folder / split)
            clips = [(name, by_clip.get(name, faces.iloc[:0])) for name in read_split(CLIPS, split)]
            counts[split] = sum(each(crop, clips, f"crops {split}"))
    print(f"{counts['train']} crops for training and {counts['val']} for validation: {CROPS}")


if __name__ == "__main__":
    run(main)
