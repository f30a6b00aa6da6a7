"""Face boxes from the masks: a COCO detection file for each split."""

import json
from functools import partial
from pathlib import Path

import numpy as np

from stages.clips.labels import LabelTable, read_labels
from stages.clips.layout import SPLITS, frames_of, read_label_map, read_split
from stages.faces.boxes import excluded_ids, face_boxes
from stages.faces.coco import coco_file
from stages.parameters.faces import Boxes
from stages.parameters.reading import read
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each

PARAMETERS = {"boxes": Boxes}
CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
BOXES = Path("data/boxes")


def boxes_of_clip(labels: LabelTable, excluded: list[int], min_area: int, clip: str) -> list[tuple]:
    """Of every frame of a clip: the image's file name below JPEGImages, its (height, width), its (n, 4) face boxes."""
    frames = []
    for frame in frames_of(CLIPS, clip):
        label_map = read_label_map(frame.annotation)
        name = frame.image.relative_to(CLIPS / "JPEGImages").as_posix()
        frames.append((name, label_map.shape, face_boxes(label_map, labels, excluded, min_area)))
    return frames


def main() -> None:
    """Write data/boxes/{train,val,test}.json."""
    parameters = read("boxes", Boxes)
    labels = read_labels(LABELS)
    boxes_of = partial(boxes_of_clip, labels, excluded_ids(parameters.exclude, labels), parameters.min_area)
    counts = []
    with whole_directory(BOXES) as folder:
        for split in SPLITS:
            frames = [frame for clip in each(boxes_of, read_split(CLIPS, split), f"boxes {split}") for frame in clip]
            (folder / f"{split}.json").write_text(json.dumps(coco_file(frames), indent=1) + "\n", encoding="utf-8")
            counts += [len(boxes) for _, _, boxes in frames]
    print(f"{sum(counts)} faces in {len(counts)} frames ({np.equal(counts, 0).sum()} without a face): {BOXES}")


if __name__ == "__main__":
    run(main)
