import json

import numpy as np
import pytest

from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from stages import boxes

PARAMS = "boxes: {{exclude: [{exclude}], min_area: 4}}\n"


@pytest.fixture
def project(empty_project):
    """A project of one clip a split; frame 0 has a face with hair above it, frame 1 has none."""
    labels = read_labels(empty_project / "data" / "labels.yaml")
    clips = empty_project / "data" / "clips"
    face = np.zeros((48, 64), np.uint8)
    face[10:30, 20:40] = labels.id_of("skin")
    face[5:10, 18:42] = labels.id_of("hair")
    for split in SPLITS:
        write_split(clips, split, [split])
        for name, label_map in (("0", face), ("1", np.zeros_like(face))):
            write_jpeg(clips / "JPEGImages" / split / f"{name}.jpg", np.zeros((48, 64, 3), np.uint8))
            write_label_map(clips / "Annotations" / split / f"{name}.png", label_map, labels)
    (empty_project / "params.yaml").write_text(PARAMS.format(exclude=""), encoding="utf-8")
    return empty_project


def test_boxes_are_coco_files_that_keep_the_frames_without_a_face(project, capsys):
    boxes.main()
    train = json.loads((project / "data/boxes/train.json").read_text())
    assert [(i["file_name"], i["height"], i["width"]) for i in train["images"]] == [
        ("train/0.jpg", 48, 64),
        ("train/1.jpg", 48, 64),
    ]
    assert [(a["image_id"], a["bbox"]) for a in train["annotations"]] == [(1, [18, 5, 24, 25])]
    assert capsys.readouterr().out == "3 faces in 6 frames (3 without a face): data/boxes\n"


def test_excluded_classes_are_a_parameter(project):
    (project / "params.yaml").write_text(PARAMS.format(exclude="hair"), encoding="utf-8")
    boxes.main()
    train = json.loads((project / "data/boxes/train.json").read_text())
    assert train["annotations"][0]["bbox"] == [20, 10, 20, 20]


def test_excluded_classes_that_the_table_lacks_are_passed_over(project):
    (project / "params.yaml").write_text(PARAMS.format(exclude="clothing, hair"), encoding="utf-8")
    boxes.main()
    train = json.loads((project / "data/boxes/train.json").read_text())
    assert train["annotations"][0]["bbox"] == [20, 10, 20, 20]
