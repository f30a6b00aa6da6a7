import numpy as np
import pytest

from face_parsing.clips.layout import check_name, frames_of, read_split, write_split
from face_parsing.core.errors import PipelineError
from face_parsing.imaging.pictures import write_jpeg


def test_frames_come_in_the_natural_order_of_their_names(tmp_path):
    for name in ("00010", "00002", "b", "9", "a10", "a9"):
        write_jpeg(tmp_path / "JPEGImages" / "clip" / f"{name}.jpg", np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "JPEGImages" / "clip" / "notes.txt").touch()
    frames = frames_of(tmp_path, "clip")
    assert [frame.name for frame in frames] == ["00002", "9", "00010", "a9", "a10", "b"]
    assert frames[0].annotation == tmp_path / "Annotations" / "clip" / "00002.png"


def test_a_split_comes_back_as_it_was(tmp_path):
    write_split(tmp_path, "val", ["clip one", "ä"])
    assert read_split(tmp_path, "val") == ["clip one", "ä"]
    with pytest.raises(PipelineError, match=r"train\.txt: missing"):
        read_split(tmp_path, "train")


@pytest.mark.parametrize("name", ["../a", "/a", "a/b", ".", "..", "a\0b", "\udcff", "a" * 241, "é" * 121])
def test_a_name_that_leads_elsewhere_or_is_none_for_a_folder_is_told_in_one_line(tmp_path, name):
    with pytest.raises(PipelineError) as caught:
        check_name(tmp_path, name)
    assert "is not a clip name" in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_splits_names_stay_in_the_folder(tmp_path):
    write_split(tmp_path, "val", ["a", "", "../../elsewhere"])
    with pytest.raises(PipelineError, match=r"val\.txt: '\.\./\.\./elsewhere' is not a clip name"):
        read_split(tmp_path, "val")
