"""Finds the faces of every frame, and scores the detection on the test frames."""

from collections import Counter
from functools import partial

import pandas as pd

from face_parsing.clips.face_table import COLUMNS, SOURCES, write_faces
from face_parsing.clips.layout import SPLITS, read_split
from face_parsing.clips.remarks import detection_remark
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import write_json
from face_parsing.core.parameters import StageParameters, at
from face_parsing.detector.coco import read_coco
from face_parsing.faces.boxes import excluded_ids
from face_parsing.faces.candidates import faces_of_clips
from face_parsing.faces.detection_metrics import area_shares, detection_metrics
from face_parsing.faces.parameters import Detection, DetectorInput
from face_parsing.geometry.squares import Crop


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
    config = paths.detector_config(parameters.profile)
    clips = [clip for split in SPLITS for clip in read_split(paths.CLIPS, split)]
    rows = faces_of_clips(
        paths.CLIPS, clips, config, paths.model_file("detector"), parameters.detection, parameters.input.batch_size
    )

    faces = pd.DataFrame(rows, columns=COLUMNS)
    by_clip = dict(iter(faces.groupby("clip", sort=False)))
    test = [(clip, by_clip[clip]) for clip in read_split(paths.CLIPS, "test")]
    measure = partial(
        area_shares, paths.CLIPS, parameters.crop.margin, excluded_ids(parameters.exclude, read_labels(paths.LABELS))
    )
    shares = [share for clip in parallel_map(measure, test, "measuring") for share in clip]
    metrics = detection_metrics(
        read_coco(paths.boxes_file("test")), pd.concat([clip_faces for _, clip_faces in test]), shares
    )
    write_faces(paths.FACES, rows)
    write_json(paths.DETECTOR_SCORES, metrics)
    sources = Counter(faces.source)
    counts = ", ".join(f"{sources[source]} {source}" for source in SOURCES)
    recall = metrics["recall_50"]
    remark = detection_remark(recall) if parameters.detection.finder == "detector" else None
    print(
        f"{len(faces)} faces ({counts}), test recall at IoU 0.5 {recall}: {paths.FACES}, {paths.DETECTOR_SCORES}"
        f"{f'; {remark}' if remark else ''}"
    )


if __name__ == "__main__":
    run(main)
