import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.detector.coco import boxes_by_file, coco_file, read_coco


def test_coco_boxes_come_back_and_frames_without_a_face_stay():
    frames = [
        ("a/0.jpg", (60, 80), np.array([[1, 2, 30, 40], [50, 0, 80, 60]])),
        ("a/1.jpg", (60, 80), np.zeros((0, 4), int)),
    ]
    back = boxes_by_file(coco_file(frames))
    assert list(back) == ["a/0.jpg", "a/1.jpg"]
    for name, _, boxes in frames:
        np.testing.assert_array_equal(back[name], boxes)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"images": []}'])
def test_a_broken_coco_file_is_one_line(tmp_path, text):
    if text is not None:
        (tmp_path / "test.json").write_text(text)
    with pytest.raises(PipelineError, match=r"test\.json: .*expected"):
        read_coco(tmp_path / "test.json")
