import re

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from face_parsing.core.errors import PipelineError
from tools import oracle as oracle_tool
from tools.oracle import hard, main, soft


@pytest.mark.parametrize("oracle", [hard, lambda labels, size: soft(labels, size, 3)])
def test_the_labels_own_size_loses_nothing_and_half_of_it_what_is_one_pixel_wide(oracle):
    labels = np.zeros((32, 32), np.uint8)
    labels[8:24, 8:24] = 1
    labels[12, 10:22] = 2
    np.testing.assert_array_equal(oracle(labels, 32), labels)
    coarse = oracle(labels, 8)
    assert (coarse != 2).all() and (coarse[9:23, 9:23] == 1).all()
    assert (coarse[:7] == 0).all()


def test_without_faces_the_tool_says_which_stage_makes_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["oracle"])
    with pytest.raises(PipelineError, match="dvc repro detect"):
        main()


def test_the_table_has_a_row_for_each_size(reproduced, monkeypatch, capsys):
    monkeypatch.chdir(reproduced)
    get_reusable_executor().shutdown()  # joblib's workers would stay in the last test's folder
    monkeypatch.setattr(oracle_tool, "SIZES", (24, 96))
    monkeypatch.setattr("sys.argv", ["oracle"])
    main()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert rows[:2] == ["| size | JF, J, F of hard labels | JF, J, F of shares of classes |", "|---|---|---|"]
    scores = r"\d\.\d{3}, \d\.\d{3}, \d\.\d{3}"
    for size, row in zip((24, 96), rows[2:], strict=True):
        assert re.fullmatch(rf"\| {size} \| {scores} \| {scores} \|", row)
