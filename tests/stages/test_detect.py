import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from face_parsing.clips.face_table import COLUMNS, read_faces, write_faces
from face_parsing.clips.layout import Frame
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.detector.coco import LabelledFrame, coco_file
from face_parsing.faces.detection_metrics import area_shares, detection_metrics
from face_parsing.faces.finding import face_rows, find_nothing
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg

LABELS = read_labels(Path("configs/labels.yaml"))


def clip_of(folder, *sizes) -> list[Frame]:
    frames = []
    for i, size in enumerate(sizes):
        frames.append(Frame("clip", f"{i:05d}", folder / f"{i:05d}.jpg", folder / f"{i:05d}.png"))
        write_jpeg(frames[-1].image, np.zeros((*size, 3), np.uint8))
    return frames


def stub(*answers):
    """A detector that looks at every image and answers with the given candidates."""

    def find(images):
        return [np.array(a, float).reshape(-1, 5) for _, a in zip(images, answers, strict=True)]

    return find


@pytest.mark.parametrize("find", [stub([], []), find_nothing])
def test_a_clip_whose_detector_finds_nothing_has_a_whole_frame_row_a_frame(tmp_path, find):
    rows = face_rows(clip_of(tmp_path, (64, 64), (64, 64)), find, 0.5)
    assert rows == [("clip", name, 0, 0, 64, 64, 0, "whole_frame") for name in ("00000", "00001")]


def test_a_fault_in_finding_names_how_far_the_reading_is(tmp_path):
    def find(images):
        for number, _ in enumerate(images):
            assert number < 1, "nobody foresaw this"

    told = r"^\S+/00001\.jpg, or a frame before it in the batch: AssertionError: nobody foresaw this"
    with pytest.raises(PipelineError, match=told):
        face_rows(clip_of(tmp_path, *[(64, 64)] * 3), find, 0.5)


def test_a_clip_with_two_faces_has_two_rows_a_frame(tmp_path):
    two = [[5, 5, 25, 25, 0.9], [40, 40, 60, 60, 0.8]]
    rows = face_rows(clip_of(tmp_path, (64, 64), (64, 64)), stub(two, two), 0.5)
    assert [row[1:4] + row[6:] for row in rows] == [
        ("00000", 5, 5, 0.9, "detected"),
        ("00000", 40, 40, 0.8, "detected"),
        ("00001", 5, 5, 0.9, "detected"),
        ("00001", 40, 40, 0.8, "detected"),
    ]


def test_a_one_frame_clip_of_4000_by_3000_with_a_face_cut_by_three_sides(tmp_path):
    rows = face_rows(clip_of(tmp_path, (3000, 4000)), stub([[-100, -50, 2000, 3050, 0.7]]), 0.5)
    assert rows == [("clip", "00000", 0, 0, 2000, 3000, 0.7, "detected")]


def test_the_face_table_comes_back_with_names_that_look_like_numbers_or_nothing(tmp_path):
    rows = [
        ("007", "00000", 1.234, 0.0, 64.0, 64.0, 0.987, "detected"),
        ("NA", "00001", 0.0, 0.0, 1.0, 1.0, 0.0, "whole_frame"),
    ]
    write_faces(tmp_path / "faces.csv", rows)
    back = read_faces(tmp_path / "faces.csv")
    assert (tmp_path / "faces.csv").read_text().splitlines()[1] == "007,00000,1.23,0.00,64.00,64.00,0.99,detected"
    assert back["clip"].tolist() == ["007", "NA"] and back["frame"].tolist() == ["00000", "00001"]


@pytest.mark.parametrize("text", ["", "clip,frame\na,b\n", "clip,frame,x1,y1,x2,y2,score,source\na,0,left,0,1,1,1,d\n"])
def test_a_broken_face_table_is_one_line(tmp_path, text):
    (tmp_path / "faces.csv").write_text(text)
    with pytest.raises(PipelineError, match=r"faces\.csv: "):
        read_faces(tmp_path / "faces.csv")


def test_metrics_count_what_was_found_and_how():
    faces = pd.DataFrame(
        [
            ("a", "0", 0, 0, 10, 10, 0.9, "detected"),
            ("a", "0", 20, 20, 40, 40, 0.8, "detected"),
            ("a", "1", 0, 0, 10, 6, 0.0, "interpolated"),
            ("a", "2", 0, 0, 64, 64, 0.0, "whole_frame"),
        ],
        columns=COLUMNS,
    )
    box, none = np.array([[0, 0, 10, 10]]), np.zeros((0, 4))
    truth = coco_file(LabelledFrame(f"a/{i}.jpg", (64, 64), boxes) for i, boxes in enumerate((box, box, none)))
    metrics = detection_metrics(truth, faces, [1.0, 0.5, math.nan])
    assert (metrics["recall_50"], metrics["recall_75"]) == (1.0, 0.5)
    assert (metrics["face_area_in_crop_mean"], metrics["face_area_in_crop_worst"]) == (0.75, 0.5)
    assert (metrics["detected"], metrics["interpolated"], metrics["whole_frame"]) == (1, 1, 1)
    nothing = coco_file([LabelledFrame("a/2.jpg", (64, 64), none)])
    assert detection_metrics(nothing, faces[faces["frame"] == "2"], [math.nan])["recall_50"] is None


def test_a_crop_need_not_hold_what_no_box_is_made_of(tmp_path):
    label_map = np.zeros((64, 64), np.uint8)
    label_map[10:20, 10:20], label_map[40:60, 10:20] = 1, 2
    write_jpeg(tmp_path / "JPEGImages/a/00000.jpg", np.zeros((64, 64, 3), np.uint8))
    write_label_map(tmp_path / "Annotations/a/00000.png", label_map, LABELS)
    faces = pd.DataFrame([("a", "00000", 10, 10, 20, 20, 0.9, "detected")], columns=COLUMNS)
    assert area_shares(tmp_path, 0.0, [2], ("a", faces)) == [1.0]
    assert area_shares(tmp_path, 0.0, [], ("a", faces)) == [pytest.approx(1 / 3)]
