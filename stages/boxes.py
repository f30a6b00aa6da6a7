"""Writes face boxes from the masks, one COCO detection file for each split."""

import json
from functools import partial

import numpy as np

from face_parsing.clips.layout import SPLITS, read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.detector.coco import coco_file
from face_parsing.faces.boxes import boxes_of_clip, excluded_ids
from face_parsing.faces.parameters import Boxes


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    boxes: Boxes = at("boxes")


def main() -> None:
    """Write data/boxes/{train,val,test}.json."""
    parameters = Parameters.read().boxes
    labels = read_labels(paths.LABELS)
    boxes_of = partial(
        boxes_of_clip, paths.CLIPS, labels, excluded_ids(parameters.exclude, labels), parameters.min_area
    )
    counts = []
    with atomic_directory(paths.BOXES) as folder:
        for split in SPLITS:
            frames = [
                frame
                for clip in parallel_map(boxes_of, read_split(paths.CLIPS, split), f"boxes {split}")
                for frame in clip
            ]
            (folder / f"{split}.json").write_text(json.dumps(coco_file(frames), indent=1) + "\n", encoding="utf-8")
            counts += [len(frame.boxes) for frame in frames]
    print(f"{sum(counts)} faces in {len(counts)} frames ({np.equal(counts, 0).sum()} without a face): {paths.BOXES}")


if __name__ == "__main__":
    run(main)
