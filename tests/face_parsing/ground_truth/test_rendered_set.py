"""A rendered data set: the same pictures each time, resumed, and read by the pipeline and by pycocotools."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.ground_truth.layouts import coco_annotations, run_lengths
from face_parsing.ground_truth.rendered_set import RenderSettings, read_landmarks, write_person, write_set
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.motion.flow_files import read_flow
from face_parsing.sources.intake import find_clips
from face_parsing.sources.parameters import DrawnSplit

pytestmark = pytest.mark.integration

TABLE = Path("configs/labels.yaml")
LABELS = read_labels(TABLE)
PLAIN = RenderSettings(96, 80, 4, 1, 0.5, "face_synthetics", False, False, False, False)
ALL = replace(PLAIN, views=2, landmarks=True, depth=True, normals=True, flow=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(folder: Path, count: int, settings: RenderSettings) -> list:
    return write_set(folder, count, settings, LABELS)


def test_an_interrupted_run_goes_on_to_the_same_files(tmp_path):
    write(tmp_path / "whole", 3, ALL)
    write(tmp_path / "parts", 1, ALL)
    (tmp_path / "parts/.rows/000000.json").unlink()  # killed before the first person was whole
    (tmp_path / "parts/depth/000000.png").write_bytes(b"half")
    write(tmp_path / "parts", 3, ALL)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_the_label_table_beside_the_pictures_is_theirs(tmp_path):
    write(tmp_path, 1, PLAIN)
    assert read_labels(tmp_path / "labels.yaml") == LABELS


def test_what_is_rendered_stays(tmp_path):
    write(tmp_path, 1, PLAIN)
    (tmp_path / "000000.png").write_bytes(b"kept")
    write(tmp_path, 2, PLAIN)
    assert (tmp_path / "000000.png").read_bytes() == b"kept"


def test_other_settings_and_other_folders_are_refused(tmp_path):
    write(tmp_path / "set", 1, PLAIN)
    with pytest.raises(PipelineError, match=r"rendered with seed 4; expected another --output"):
        write(tmp_path / "set", 1, replace(PLAIN, seed=5))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("")
    with pytest.raises(PipelineError, match="holds no rendered data set"):
        write(tmp_path / "mine", 1, PLAIN)


def test_each_view_has_all_that_was_asked_for(tmp_path):
    rows = write(tmp_path, 2, ALL)
    assert [(row["person"], row["view"]) for row in rows] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    with (tmp_path / "attributes.csv").open(encoding="utf-8", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [
            "000000.png",
            "000000_1.png",
            "000001.png",
            "000001_1.png",
        ]
    for name in ("000000", "000000_1"):
        assert cv2.imread(str(tmp_path / f"{name}.png")).shape == (80, 96, 3)
        assert read_label_map(tmp_path / f"{name}_seg.png").shape == (80, 96)
        assert read_landmarks(tmp_path / f"landmarks/{name}.csv").shape == (68, 3)
        assert cv2.imread(str(tmp_path / f"depth/{name}.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16
        assert cv2.imread(str(tmp_path / f"normals/{name}.png"), cv2.IMREAD_UNCHANGED).shape == (80, 96, 3)
    assert read_flow(tmp_path / "flow/000000.png")[1].any()
    assert not (tmp_path / "flow/000000_1.png").exists()


@pytest.mark.parametrize("layout", ["davis", "face_synthetics"])
def test_the_pipeline_reads_what_was_rendered(tmp_path, layout):
    write(tmp_path / "set", 12, replace(PLAIN, layout=layout, landmarks=True, depth=True))
    clips, faults = find_clips(layout, tmp_path / "set", DrawnSplit(val=0.2, test=0.2, seed=0))
    assert faults == []
    frames = [frame for found in clips.values() for frame in found]
    assert len(frames) == 12
    for frame in frames:
        assert frame.read_label_map(frame.masks, LABELS).shape == (80, 96)


def test_coco_has_the_parts_as_masks_that_pycocotools_reads(tmp_path):
    write(tmp_path, 2, replace(PLAIN, layout="coco", landmarks=True))
    coco = COCO(tmp_path / "annotations.json")
    for image in coco.dataset["images"]:
        label_map = read_label_map(tmp_path / "masks" / image["file_name"].replace(".jpg", ".png"))
        found = np.zeros_like(label_map)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
            mask = coco.annToMask(annotation).astype(bool)
            assert annotation["area"] == mask.sum()
            if annotation["category_id"] < len(LABELS):
                found[mask] = annotation["category_id"]
            else:
                assert len(annotation["keypoints"]) == 3 * 68
        np.testing.assert_array_equal(found, label_map)


def test_run_lengths_begin_with_zeros_and_go_down_the_columns():
    assert run_lengths(np.array([[0, 1], [0, 1]], bool)) == [2, 2]
    assert run_lengths(np.array([[1, 0], [0, 0]], bool)) == [0, 1, 3]
    assert run_lengths(np.ones((2, 1), bool)) == [0, 2]


def test_a_person_does_not_depend_on_the_others(tmp_path):
    write(tmp_path / "many", 2, PLAIN)
    write_person(tmp_path / "one", PLAIN, LABELS, 1)
    assert (tmp_path / "one/000001.png").read_bytes() == (tmp_path / "many/000001.png").read_bytes()


def test_annotations_without_landmarks_have_no_keypoints(tmp_path):
    rows = write(tmp_path, 1, replace(PLAIN, layout="coco"))
    annotations = coco_annotations(tmp_path, rows, LABELS, None)
    assert json.dumps(annotations)
    assert all("keypoints" not in annotation for annotation in annotations["annotations"])
