import numpy as np
import pytest

from stages.clips.labels import read_labels
from stages.clips.layout import read_label_map, write_label_map
from stages.ensemble import vote_clip
from stages.pipeline.entry import UserError


@pytest.fixture
def labels():
    return read_labels("configs/labels.yaml")


@pytest.fixture
def members(tmp_path, labels):
    folders = [tmp_path / name for name in ("eanet_cat", "eanet_add", "ocrnet")]
    for i, folder in enumerate(folders):
        for frame in ("0", "1"):
            write_label_map(folder / f"a/{frame}.png", np.array([[1, i + 1, max(i, 1)]], np.uint8), labels)
    return folders


def test_every_frame_is_voted_on_in_the_members_order(members, tmp_path, labels):
    assert vote_clip("a", members, tmp_path / "out", labels) == 2
    assert read_label_map(tmp_path / "out/a/1.png").tolist() == [[1, 1, 1]]
    vote_clip("a", members[::-1], tmp_path / "out", labels)
    assert read_label_map(tmp_path / "out/a/1.png").tolist() == [[1, 3, 1]]


def test_a_missing_prediction_names_member_clip_and_frame(members, tmp_path, labels):
    (members[1] / "a/1.png").unlink()
    with pytest.raises(UserError, match=r"eanet_add/a/1\.png: missing.*eanet_cat/a/1\.png is there"):
        vote_clip("a", members, tmp_path / "out", labels)


def test_a_prediction_of_another_size_names_member_clip_and_frame(members, tmp_path, labels):
    write_label_map(members[2] / "a/0.png", np.zeros((2, 3), np.uint8), labels)
    with pytest.raises(UserError, match=r"ocrnet/a/0\.png: 3 x 2 pixels; expected 3 x 1"):
        vote_clip("a", members, tmp_path / "out", labels)
