from pathlib import Path

import cv2
import numpy as np
import pytest

from stages.clips.labels import read_labels
from stages.clips.layout import SPLITS, write_label_map, write_split
from stages.pipeline.entry import UserError
from stages.prepare import SHOWN_FAULTS, bring_in

LABELS = read_labels(Path("configs/labels.yaml"))


@pytest.fixture
def source(tmp_path) -> Path:
    """A folder in the clip layout: one clip of two frames in each split."""
    root = tmp_path / "source"
    for split in SPLITS:
        clip = f"Clip {split} é"
        for frame in ("a", "b"):
            image = root / "JPEGImages" / clip / f"{frame}.png"
            image.parent.mkdir(parents=True, exist_ok=True)
            image.write_bytes(cv2.imencode(".png", np.full((8, 10, 3), 90, np.uint8))[1].tobytes())
            write_label_map(root / "Annotations" / clip / f"{frame}.png", np.ones((8, 10), np.uint8), LABELS)
        write_split(root, split, [clip])
    return root


def fault(source: Path) -> str:
    with pytest.raises(UserError) as caught:
        bring_in(source, LABELS, source.parent / "clips")
    assert not (source.parent / "clips").exists()
    return str(caught.value).removeprefix(f"{source}/")


def test_a_folder_in_the_clip_layout_comes_in_whole_and_stays_as_it_was(source, tmp_path):
    before = {path: path.stat().st_mode for path in source.rglob("*")}
    assert bring_in(source, LABELS, tmp_path / "clips") == 6
    files = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "clips") for path in (tmp_path / "clips").rglob("*") if path.is_file()} == files
    assert {path: path.stat().st_mode for path in source.rglob("*")} == before
    assert all(path.stat().st_nlink == 1 for path in source.rglob("*") if path.is_file())


def test_a_missing_split_is_told(source):
    (source / "ImageSets" / "val.txt").unlink()
    assert fault(source) == "ImageSets/val.txt: missing; expected one clip name a line"


def test_a_clip_in_two_splits_is_told(source):
    write_split(source, "test", ["Clip train é"])
    assert fault(source) == "ImageSets/test.txt: clip Clip train é is in train too; expected it once"


def test_a_clip_outside_the_folder_is_refused(source):
    write_split(source, "test", ["../other"])
    assert fault(source) == "ImageSets/test.txt: '../other' is no clip name; expected a folder of JPEGImages"


def test_a_clip_without_frames_is_told(source):
    write_split(source, "test", ["nobody"])
    assert fault(source).startswith("JPEGImages/nobody: no frames")


def test_a_missing_annotation_is_told(source):
    (source / "Annotations" / "Clip val é" / "b.png").unlink()
    assert fault(source) == "Annotations/Clip val é/b.png: missing; expected a label map"


def test_an_unreadable_image_is_told(source):
    (source / "JPEGImages" / "Clip val é" / "b.png").write_bytes(b"no image")
    assert fault(source).startswith("JPEGImages/Clip val é/b.png: not a readable image")


def test_an_annotation_of_another_size_is_told(source):
    write_label_map(source / "Annotations" / "Clip val é" / "a.png", np.ones((9, 10), np.uint8), LABELS)
    assert fault(source).startswith("Annotations/Clip val é/a.png: 10 x 9 pixels; expected 10 x 8")


def test_an_unknown_class_is_told_and_the_ignored_value_is_known(source):
    label_map = np.full((8, 10), 255, np.uint8)
    path = source / "Annotations" / "Clip val é" / "a.png"
    write_label_map(path, label_map, LABELS)
    bring_in(source, LABELS, source.parent / "other")
    label_map[0, 0] = 77
    write_label_map(path, label_map, LABELS)
    assert fault(source).startswith("Annotations/Clip val é/a.png: unknown class 77")


def test_an_image_twice_under_one_name_is_told(source):
    folder = source / "JPEGImages" / "Clip val é"
    (folder / "a.jpg").write_bytes((folder / "a.png").read_bytes())
    assert "frame a stands twice" in fault(source)


def test_all_faults_are_told_the_first_ones_in_full(source):
    for index in range(SHOWN_FAULTS + 5):
        image = source / "JPEGImages" / "Clip test é" / f"x{index:02d}.jpg"
        image.write_bytes(b"no image")
    lines = fault(source).splitlines()
    assert len(lines) == SHOWN_FAULTS + 1
    assert lines[-1] == "and 5 more faults"
