"""Masks of one part and probabilities, in the files that people have of them."""

import numpy as np
import pytest
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.sources.layouts.masks import read_part_mask, read_probabilities

MASK = np.array([[0, 0, 1, 1], [1, 0, 0, 1]], bool)


def indexed(mask: np.ndarray, first: int, second: int) -> Image.Image:
    image = Image.fromarray(mask.astype(np.uint8), mode="P")
    image.putpalette([first] * 3 + [second] * 3)
    return image


FILES = {
    "0 and 255": Image.fromarray(MASK.astype(np.uint8) * 255),
    "0 and 1": Image.fromarray(MASK.astype(np.uint8)),
    "0 and 100": Image.fromarray(MASK.astype(np.uint8) * 100),
    "one bit": Image.fromarray(MASK),
    "16 bits": Image.fromarray(MASK.astype(np.uint16) * 65535),
    "RGB": Image.fromarray(np.repeat(MASK.astype(np.uint8)[..., None] * 255, 3, axis=2)),
    "alpha": Image.fromarray(MASK.astype(np.uint8) * 255).convert("LA"),
    "indexed": indexed(MASK, 0, 255),
    "indexed, white first": indexed(~MASK, 255, 0),
    "smooth edges": Image.fromarray(np.where(MASK, 200, 60).astype(np.uint8)),
}


@pytest.mark.parametrize("name", FILES)
def test_a_part_mask_is_set_where_it_is_not_black(tmp_path, name):
    FILES[name].save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_part_mask(tmp_path / "a.png"), MASK)


@pytest.mark.parametrize(("value", "is_set"), [(0, False), (1, True), (255, True)])
def test_a_part_mask_of_one_value_is_empty_or_full(tmp_path, value, is_set):
    Image.fromarray(np.full((2, 3), value, np.uint8)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_part_mask(tmp_path / "a.png"), np.full((2, 3), is_set))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.arange(19, dtype=np.uint8)[None], "several values up to 18; expected the mask of one part"),
        (np.array([[[1, 2, 3]]], np.uint8), "colors; expected the mask of one part"),
    ],
)
def test_a_label_map_is_no_part_mask(tmp_path, values, message):
    Image.fromarray(values).save(tmp_path / "a.png")
    with pytest.raises(PipelineError, match=rf"a.png: {message}"):
        read_part_mask(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "I;16"])
def test_probabilities_are_grey_and_of_8_bits(tmp_path, mode):
    image = Image.fromarray(np.array([[0, 7, 255]], np.uint8))
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_probabilities(tmp_path / "a.png"), [[0, 7, 255]])
    other = Image.new(mode, (3, 1), 1 if mode != "RGB" else (1, 2, 3))
    other.save(tmp_path / "b.png")
    with pytest.raises(PipelineError, match=r"b.png: not grey or not of 8 bits; expected the probabilities"):
        read_probabilities(tmp_path / "b.png")
