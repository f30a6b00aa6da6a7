import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from stages import boxes, detect, train_detector
from stages.clips.labels import read_labels
from stages.clips.layout import SPLITS, write_jpeg, write_label_map, write_split
from stages.faces.table import read_faces

CONFIGS = (Path(__file__).parent.parent / "configs").resolve()
PARAMS = """
boxes: {exclude: [], min_area: 4}
det:
  model: mini
  pretrained: null
  train: {iterations: 2, batch_size: 2, processes: 1, lr: 0.001, seed: 0}
  test: {batch_size: 2, score_threshold: 0.05, further_score: 0.5}
crop: {margin: 0.1, context: 0.2, max_size: 64, pad_value: 114}
"""


@pytest.fixture
def project(empty_project):
    """Clips of two frames with boxes already made: an ellipse for a face, then nothing."""
    Path("configs").symlink_to(CONFIGS)
    labels = read_labels(Path("data/labels.yaml"))
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    clips = Path("data/clips")
    for split in SPLITS:
        write_split(clips, split, [split])
        for frame in ("00000", "00001"):
            label_map = np.zeros((64, 64), np.uint8)
            if frame == "00000":
                cv2.ellipse(label_map, (30, 34), (12, 18), 0, 0, 360, 1, -1)
            write_label_map(clips / "Annotations" / split / f"{frame}.png", label_map, labels)
            write_jpeg(clips / "JPEGImages" / split / f"{frame}.jpg", cv2.cvtColor(label_map * 200, cv2.COLOR_GRAY2BGR))
    boxes.main()


def written() -> dict[str, bytes]:
    folders = (Path("models"), Path("curves"))
    return {str(p): p.read_bytes() for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()}


def test_equal_trainings_write_equal_bytes_and_their_model_finds_a_row_for_every_frame(project):
    train_detector.main()
    first = written()
    train_detector.main()
    assert written() == first
    assert "models/detector.pth" in first and "curves/detector/metrics.json" in first
    assert "loss" in json.loads(first["curves/detector/metrics.json"])

    detect.main()
    faces = read_faces(Path("data/faces.csv"))
    assert set(faces.groupby(["clip", "frame"]).groups) == {(s, f) for s in SPLITS for f in ("00000", "00001")}
    metrics = json.loads(Path("metrics/detector.json").read_text(encoding="utf-8"))
    assert metrics["detected"] + metrics["interpolated"] + metrics["whole_frame"] == 2
