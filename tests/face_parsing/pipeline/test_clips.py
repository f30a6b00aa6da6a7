from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from face_parsing.pipeline.clips import (
    frames_of,
    read_image,
    read_label_map,
    read_split,
    write_jpeg,
    write_label_map,
    write_split,
)
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import read_labels

LABELS = read_labels(Path("configs/labels.yaml"))
SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


@given(SIZES.flatmap(lambda size: arrays(np.uint8, size)))
def test_a_label_map_comes_back_as_it_was(tmp_path_factory, label_map):
    path = tmp_path_factory.mktemp("maps") / "clip" / "frame.png"
    write_label_map(path, label_map, LABELS)
    np.testing.assert_array_equal(read_label_map(path), label_map)


def test_a_label_map_is_an_indexed_png_in_the_labels_colours(tmp_path):
    write_label_map(tmp_path / "a.png", np.array([[0, 4]], np.uint8), LABELS)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.convert("RGB").getpixel((1, 0)) == LABELS.labels[4].color


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16", "1", "LA"])
def test_other_kinds_of_png_are_no_label_map(tmp_path, mode):
    path = tmp_path / "a.png"
    Image.new(mode, (4, 4)).save(path)
    with pytest.raises(UserError, match="expected an indexed or grey 8-bit PNG"):
        read_label_map(path)


def test_a_truncated_or_missing_label_map_is_named(tmp_path):
    path = tmp_path / "a.png"
    write_label_map(path, np.random.default_rng(0).integers(0, 9, (40, 40), np.uint8), LABELS)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match="not a readable label map"):
        read_label_map(path)
    with pytest.raises(UserError, match="missing"):
        read_label_map(tmp_path / "b.png")


def test_an_image_is_read_as_colour_whatever_it_holds(tmp_path):
    path = tmp_path / "grey é.png"
    path.write_bytes(cv2.imencode(".png", np.full((3, 5), 7, np.uint8))[1].tobytes())
    np.testing.assert_array_equal(read_image(path), np.full((3, 5, 3), 7))


def test_an_empty_or_missing_image_is_named(tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(UserError, match="not a readable image"):
        read_image(tmp_path / "a.jpg")
    with pytest.raises(UserError, match="missing"):
        read_image(tmp_path / "b.jpg")


def test_frames_come_in_the_order_of_their_names(tmp_path):
    for name in ("00010", "00002", "b"):
        write_jpeg(tmp_path / "JPEGImages" / "clip" / f"{name}.jpg", np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "JPEGImages" / "clip" / "notes.txt").touch()
    frames = frames_of(tmp_path, "clip")
    assert [frame.name for frame in frames] == ["00002", "00010", "b"]
    assert frames[0].annotation == tmp_path / "Annotations" / "clip" / "00002.png"


def test_a_split_comes_back_as_it_was(tmp_path):
    write_split(tmp_path, "val", ["clip one", "ä"])
    assert read_split(tmp_path, "val") == ["clip one", "ä"]
    with pytest.raises(UserError, match=r"train\.txt: missing"):
        read_split(tmp_path, "train")
