import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.clips.face_table import BOX, read_faces
from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from stages import boxes, detect, train_detector

pytestmark = pytest.mark.integration

CONFIGS = (Path(__file__).parents[2] / "configs").resolve()
PARAMS = """
boxes: {{exclude: [], min_area: 4}}
profile: mini
profiles:
  mini:
    machine: {{cpu_processes: 1, workers: 0}}
    detector:
      pretrained: null
      iterations: 2
      epochs: null
      batch_size: 2
      gradient_accumulation: 1
      activation_checkpointing: false
      lr: 0.001
      channels_last: false
      validations: 1
    test: {{detect: {{batch_size: 2}}}}
det:
  seed: 0
  test: {{finder: {finder}, score_threshold: 0.05, secondary_face_threshold: 0.5}}
train: {{gpus: auto, precision: fp32, compile: false, deterministic: false, keep: last}}
crop: {{margin: 0.1, pad_value: 114}}
"""


def set_parameters(finder: str = "detector") -> None:
    Path("params.yaml").write_text(PARAMS.format(finder=finder), encoding="utf-8")


@pytest.fixture
def project(empty_project):
    """Clips of two frames with boxes already made: an ellipse for a face, then nothing."""
    Path("configs").symlink_to(CONFIGS)
    labels = read_labels(Path("data/labels.yaml"))
    set_parameters()
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
    assert {"loss", "coco"} <= json.loads(first["curves/detector/metrics.json"]).keys()

    detect.main()
    faces = read_faces(Path("data/faces.csv"))
    assert set(faces.groupby(["clip", "frame"]).groups) == {(s, f) for s in SPLITS for f in ("00000", "00001")}
    metrics = json.loads(Path("metrics/detector.json").read_text(encoding="utf-8"))
    assert metrics["detected"] + metrics["interpolated"] + metrics["whole_frame"] == 2


REMARK = "; no box matches a test face (recall 0 at IoU 0.5), so the models parse wrong crops or whole frames; "


@pytest.mark.parametrize(("box", "remarks"), [((2, 2, 8, 8), 1), ((18, 16, 42, 52), 0)], ids=["elsewhere", "the face"])
def test_a_detector_that_finds_no_test_face_has_a_remark(project, monkeypatch, capsys, box, remarks):
    rows = [(split, frame, *box, 0.9, "detected") for split in SPLITS for frame in ("00000", "00001")]
    monkeypatch.setattr(detect, "faces_of_clips", lambda *_: rows)
    detect.main()
    assert capsys.readouterr().out.count(REMARK) == remarks


def test_without_the_detector_every_frame_is_a_face_and_no_model_is_read(project, capsys):
    set_parameters(finder="whole_frame")
    detect.main()
    assert "test recall at IoU 0.5 0.0: " in (out := capsys.readouterr().out) and REMARK not in out
    faces = read_faces(Path("data/faces.csv"))
    assert faces[BOX].drop_duplicates().values.tolist() == [[0, 0, 64, 64]]
    assert len(faces) == 6 and set(faces.source) == {"whole_frame"}
