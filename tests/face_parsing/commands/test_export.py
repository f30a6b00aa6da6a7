import shutil
from pathlib import Path

import numpy as np
import pytest

from face_parsing.commands import export
from face_parsing.core.errors import PipelineError
from face_parsing.geometry.squares import Square

PLACE = Square(0, 0, 8)


def test_pixels_agree_where_the_highest_score_is_that_of_the_same_class():
    scores = np.zeros((3, 10, 10), np.float32)
    scores[1] = 1
    other = scores * 5
    other[2, 0, :4] = 9
    faces = [[(PLACE, scores)], [(PLACE, scores), (PLACE, scores)]]
    assert export.pixel_agreement(faces, faces) == 1
    assert export.pixel_agreement([[(PLACE, other)], faces[1]], faces) == pytest.approx(1 - 4 / 300)


def test_boxes_agree_by_their_overlap_and_not_at_all_where_one_side_finds_none():
    none, box = np.zeros((0, 5)), np.array([[0, 0, 10, 10, 0.9], [50, 50, 60, 60, 0.1]])
    half = np.array([[0, 0, 10, 5, 0.9]])
    assert export.box_agreement([box, none], [box, none]) == 1
    assert export.box_agreement([half, box], [box, box]) == pytest.approx(0.75)
    assert export.box_agreement([none], [box]) == 0
    assert export.box_agreement([none], [none]) == 1


@pytest.mark.parametrize("share", [0.9985, float("nan")])
def test_what_does_not_agree_with_torch_is_an_error(share):
    export.check_agreements(Path("exported"), {"detector": 1.0, "ocrnet": 0.9991})
    with pytest.raises(PipelineError, match=r"exported: not written: ocrnet agrees with torch to .*; expected 99\.9%"):
        export.check_agreements(Path("exported"), {"detector": 1.0, "ocrnet": share})


def test_an_export_replaces_an_export_and_nothing_else(tmp_path):
    (tmp_path / "mine").mkdir()
    export.check_place(tmp_path / "mine", "models.json")  # an empty folder
    (tmp_path / "mine/thesis.txt").touch()
    with pytest.raises(PipelineError, match="mine: exists and is not an export; expected another --output"):
        export.check_place(tmp_path / "mine", "models.json")
    shutil.move(tmp_path / "mine/thesis.txt", tmp_path / "mine/models.json")
    export.check_place(tmp_path / "mine", "models.json")
    export.check_place(Path(tmp_path / "new"), "models.json")
