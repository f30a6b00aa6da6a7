import numpy as np
import pytest

from face_parsing.pipeline.entry import UserError
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
    with pytest.raises(UserError, match="dvc repro detect"):
        main()
