"""Face boxes from the masks: a COCO detection file for each split."""

import json
from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.faces.boxes import boxes_of_clip, excluded_ids
from face_parsing.faces.parameters import Boxes
from face_parsing.pipeline.clips import SPLITS, read_split
from face_parsing.pipeline.coco import coco_file
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
BOXES = Path("data/boxes")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    boxes: Boxes = at("boxes")


def main() -> None:
    """Write data/boxes/{train,val,test}.json."""
    parameters = Parameters.read().boxes
    labels = read_labels(LABELS)
    boxes_of = partial(boxes_of_clip, CLIPS, labels, excluded_ids(parameters.exclude, labels), parameters.min_area)
    counts = []
    with whole_directory(BOXES) as folder:
        for split in SPLITS:
            frames = [frame for clip in each(boxes_of, read_split(CLIPS, split), f"boxes {split}") for frame in clip]
            (folder / f"{split}.json").write_text(json.dumps(coco_file(frames), indent=1) + "\n", encoding="utf-8")
            counts += [len(frame.boxes) for frame in frames]
    print(f"{sum(counts)} faces in {len(counts)} frames ({np.equal(counts, 0).sum()} without a face): {BOXES}")


if __name__ == "__main__":
    run(main)
