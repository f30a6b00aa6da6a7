"""Label maps as other programs write them: their ids are read as they were meant, or the file is refused."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import Label, LabelTable, read_labels
from face_parsing.imaging.label_maps import check_same_colors, read_label_map, write_label_map

LABELS = read_labels(Path("configs/labels.yaml"))


def write_grey(path: Path, bits: int, values: Sequence[int], color_type: int = 0, channels: int = 1) -> np.ndarray:
    """Write a PNG of any depth, byte by byte: one row with each value in each channel. Returns the row."""
    stored = [value for value in values for _ in range(channels)]
    row = int("".join(f"{value:0{bits}b}" for value in stored).ljust(-(-len(stored) * bits // 8) * 8, "0"), 2)
    data = b"\0" + row.to_bytes(-(-len(stored) * bits // 8), "big")

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", len(values), 1, bits, color_type, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return np.array([values])


@pytest.mark.parametrize(("bits", "largest"), [(1, 1), (2, 3), (4, 15), (8, 255), (16, 255)])
def test_a_grey_label_map_of_any_depth_has_the_ids_that_are_stored(tmp_path, bits, largest):
    expected = write_grey(tmp_path / "a.png", bits, range(largest + 1))
    np.testing.assert_array_equal(read_label_map(tmp_path / "a.png"), expected)


@pytest.mark.parametrize("mode", ["LA", "RGB", "RGBA"])
def test_grey_with_alpha_or_in_three_equal_channels_is_grey(tmp_path, mode):
    label_map = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(label_map).convert(mode).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_label_map(tmp_path / "a.png"), label_map)


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_with_colors_or_alpha_are_refused(tmp_path, color_type, channels):
    write_grey(tmp_path / "a.png", 16, [3, 4], color_type, channels)
    with pytest.raises(PipelineError, match=r"a.png: 16 bits a channel, with colors or alpha; expected a label map"):
        read_label_map(tmp_path / "a.png")


def test_a_value_above_255_is_refused(tmp_path):
    write_grey(tmp_path / "a.png", 16, [3, 256])
    with pytest.raises(PipelineError, match=r"a.png: value 256; expected"):
        read_label_map(tmp_path / "a.png")


def packed(path: Path, source: Path, order: Sequence[int]) -> None:
    """What a program does that removes unused colors of a palette: it keeps the used ones, in some order."""
    with Image.open(source) as image:
        values, palette = np.array(image), np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    used = np.unique(values)[list(order)]
    new_index = np.zeros(256, np.uint8)
    new_index[used] = range(len(used))
    new = Image.fromarray(new_index[values], mode="P")
    new.putpalette(palette[used].tobytes())
    new.save(path)


@given(st.lists(st.sampled_from([*LABELS.ids, 255]), min_size=1, max_size=19, unique=True), st.randoms())
def test_a_renumbered_palette_gives_the_ids_of_its_colors(tmp_path_factory, ids, random):
    folder = tmp_path_factory.mktemp("maps")
    label_map = np.array([ids], np.uint8)
    write_label_map(folder / "a.png", label_map, LABELS)
    order = random.sample(range(len(ids)), len(ids))
    packed(folder / "b.png", folder / "a.png", order)
    parts = set(ids) - {0, 255}
    if parts:  # black and white alone may be any palette's
        np.testing.assert_array_equal(read_label_map(folder / "b.png", LABELS), label_map)
    np.testing.assert_array_equal(read_label_map(folder / "a.png", LABELS), label_map)


def test_indices_of_a_foreign_palette_are_ids(tmp_path):
    label_map = np.arange(18, dtype=np.uint8)[None]
    for name, palette in {"grey": [[i * 14] * 3 for i in range(18)], "red": [[i, 0, 0] for i in range(18)]}.items():
        image = Image.fromarray(label_map, mode="P")
        image.putpalette(np.array(palette, np.uint8).tobytes())
        image.save(tmp_path / f"{name}.png")
        np.testing.assert_array_equal(read_label_map(tmp_path / f"{name}.png", LABELS), label_map)
    binary = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    binary.putpalette([0, 0, 0, 255, 255, 255])
    binary.save(tmp_path / "binary.png")
    np.testing.assert_array_equal(read_label_map(tmp_path / "binary.png", LABELS), [[0, 1]])


def test_a_palette_with_some_colors_of_the_table_at_other_indices_is_refused(tmp_path):
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), mode="P")
    image.putpalette([0, 0, 0, *LABELS.labels[5].color, 1, 2, 3])
    image.save(tmp_path / "a.png")
    with pytest.raises(PipelineError, match=r"a.png: its palette has colors .*, but index 2 has a color of no class"):
        read_label_map(tmp_path / "a.png", LABELS)


def test_a_renumbered_palette_is_refused_where_two_classes_share_a_color(tmp_path):
    shared = LabelTable((Label(0, "background", (0, 0, 0)), Label(1, "a", (9, 9, 9)), Label(2, "b", (9, 9, 9))))
    image = Image.fromarray(np.array([[0, 3]], np.uint8), mode="P")
    image.putpalette([0, 0, 0, 1, 1, 1, 2, 2, 2, 9, 9, 9])
    image.save(tmp_path / "a.png")
    with pytest.raises(PipelineError, match=r"a's color is another's too"):
        read_label_map(tmp_path / "a.png", shared)


def test_an_rgb_label_map_in_the_tables_colors_gives_their_ids(tmp_path):
    label_map = np.array([[*LABELS.ids, 255]], np.uint8)
    write_label_map(tmp_path / "a.png", label_map, LABELS)
    with Image.open(tmp_path / "a.png") as image:
        image.convert("RGB").save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_label_map(tmp_path / "b.png", LABELS), label_map)
    with pytest.raises(PipelineError, match=r"b.png: colors; expected a label map"):
        read_label_map(tmp_path / "b.png")
    Image.new("RGB", (2, 2), (1, 2, 3)).save(tmp_path / "c.png")
    with pytest.raises(PipelineError, match=r"c.png: color \[1, 2, 3\] of no class or of several"):
        read_label_map(tmp_path / "c.png", LABELS)


def test_without_a_table_two_palettes_that_contradict_each_other_are_refused(tmp_path):
    write_label_map(tmp_path / "a.png", np.array([[0, 4, 7]], np.uint8), LABELS)
    packed(tmp_path / "b.png", tmp_path / "a.png", [0, 1, 2])
    check_same_colors(tmp_path / "a.png", tmp_path / "a.png")
    with pytest.raises(PipelineError, match=r"b.png: color .* has index 1; expected 4 as in .*a.png, or a label table"):
        check_same_colors(tmp_path / "b.png", tmp_path / "a.png")
