from pathlib import Path

import numpy as np
import pytest
from torch import nn

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
def test_what_does_not_agree_with_torch_is_not_written(tmp_path, monkeypatch, share):
    monkeypatch.setattr(export, "export", lambda model, weights, path: path.write_bytes(b"onnx"))
    monkeypatch.setattr(export, "run_by_onnx", lambda model, path, weights: model)
    weights = tmp_path / "model.pth"

    def export_with(agreement: float) -> None:
        export.export_checked(nn.Identity(), weights, lambda model: [], lambda found, expected: agreement)

    with pytest.raises(PipelineError, match=r"model\.onnx: not written: agrees with torch to .*; expected 99\.9%"):
        export_with(share)
    assert list(Path(tmp_path).iterdir()) == []
    export_with(0.9991)
    assert (tmp_path / "model.onnx").read_bytes() == b"onnx"
