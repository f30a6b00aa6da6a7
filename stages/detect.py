"""The faces of every frame, and how well those of the test frames are found."""

from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd

from face_parsing.faces.boxes import excluded_ids
from face_parsing.faces.finding import faces_of_clips
from face_parsing.faces.parameters import Crop, Detection, DetectorInput
from face_parsing.faces.recall import area_shares, detection_metrics
from face_parsing.pipeline.clips import SPLITS, read_split
from face_parsing.pipeline.coco import read_coco
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.face_table import COLUMNS, SOURCES, write_faces
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import write_json
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
TEST_BOXES = Path("data/boxes/test.json")
MODEL = Path("models/detector.pth")
FACES = Path("data/faces.csv")
METRICS = Path("metrics/detector.json")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    input: DetectorInput = at("profiles.${profile}.test.detect")
    detection: Detection = at("det.test")
    crop: Crop = at("crop")
    exclude: list[str] = at("boxes.exclude")


def main() -> None:
    """Write data/faces.csv and metrics/detector.json."""
    parameters = Parameters.read()
    config = Path(f"configs/detector/{parameters.profile}.py")
    clips = [clip for split in SPLITS for clip in read_split(CLIPS, split)]
    rows = faces_of_clips(CLIPS, clips, config, MODEL, parameters.detection, parameters.input.batch_size)

    faces = pd.DataFrame(rows, columns=COLUMNS)
    by_clip = dict(iter(faces.groupby("clip", sort=False)))
    test = [(clip, by_clip[clip]) for clip in read_split(CLIPS, "test")]
    measure = partial(area_shares, CLIPS, parameters.crop.margin, excluded_ids(parameters.exclude, read_labels(LABELS)))
    shares = [share for clip in each(measure, test, "measuring") for share in clip]
    metrics = detection_metrics(read_coco(TEST_BOXES), pd.concat([of_clip for _, of_clip in test]), shares)
    write_faces(FACES, rows)
    write_json(METRICS, metrics)
    sources = Counter(faces.source)
    counts = ", ".join(f"{sources[source]} {source}" for source in SOURCES)
    print(f"{len(faces)} faces ({counts}), test recall at IoU 0.5 {metrics['recall_50']}: {FACES}, {METRICS}")


if __name__ == "__main__":
    run(main)
