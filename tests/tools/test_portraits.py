"""Which boxes find a face whose head and face were boxed by hand."""

import numpy as np
import pandas as pd
import pytest

from face_parsing.core.errors import PipelineError
from tools.portraits import Portrait, judged, photograph, read_truth, report

HEAD, FACE = np.array([0.0, 0, 100, 200]), np.array([20.0, 50, 80, 150])  # of 20,000 and 6,000 pixels


@pytest.mark.parametrize(
    ("box", "found", "iou", "false"),
    [
        ((0, 0, 100, 200), True, 1.0, 0),
        ((20, 50, 80, 150), False, 0.3, 0),  # the face alone: an IoU of 6,000 / 20,000
        ((0, 0, 100, 128), False, 0.64, 0),  # 78 of the face's 100 rows
        ((0, 0, 100, 131), True, 0.655, 0),
        ((20, 140, 80, 200), False, 0.18, 1),  # a tenth of the face
        ((0, 0, 400, 200), False, 0.25, 0),
    ],
)
def test_a_box_finds_a_face_if_it_covers_it_and_fits_the_head(box, found, iou, false):
    portrait = judged(np.array([box], float), HEAD, FACE, 600)
    assert (portrait.found, portrait.false, portrait.beard) == (found, false, 0.1)
    assert portrait.iou == pytest.approx(iou)


def test_without_a_box_nothing_is_found_and_nothing_is_false():
    assert judged(np.zeros((0, 4)), HEAD, FACE, 0) == Portrait(False, 0.0, 0, 0.0)


def test_the_report_has_a_row_a_value_and_names_what_was_missed():
    truth = pd.DataFrame(
        {"name": ["a", "b", "c"], "tone": ["dark", "dark", "light"], "beard": ["none", "full", "full"]}
    )
    portraits = [Portrait(True, 0.8, 1, 0.05), Portrait(False, 0.2, 1, 0.07), Portrait(True, 0.7, 0, 0.3)]
    lines = report(truth, portraits).splitlines()
    assert "| tone | dark | 2 | 0.500 | 0.500 |" in lines
    assert "| tone | light | 1 | 1.000 | 0.700 |" in lines
    assert "| all | | 3 | 0.667 | 0.567 |" in lines
    assert "false boxes: 2; missed: b" in lines
    assert "beards: drawn on 1 of 1 faces without one, missed on 1 of 2 with a full one" in lines


def test_a_table_without_a_column_and_a_missing_photograph_are_one_line(tmp_path):
    with pytest.raises(PipelineError, match=r"truth.csv: .*expected columns name, x1"):
        read_truth(tmp_path)
    (tmp_path / "truth.csv").write_text("name,x1\na,3\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="expected columns name, x1"):
        read_truth(tmp_path)
    with pytest.raises(PipelineError, match="no such photograph"):
        photograph(tmp_path, "a")
