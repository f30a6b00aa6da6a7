import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import Limits, check_picture, limits, read_bytes

DOCS = Path("docs/limits.md")


def test_the_docs_table_has_every_limit_with_its_default():
    rows = re.findall(
        r"^\| `FACE_PARSING_MAX_([A-Z_]+)` \| ([\d ]+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    told = {name.lower(): int(value.replace(" ", "")) for name, value in rows}
    assert told == {field.name: getattr(Limits, field.name) for field in fields(Limits)}


def test_the_environment_sets_a_limit(monkeypatch):
    assert limits() == Limits()
    monkeypatch.setenv("FACE_PARSING_MAX_FRAMES", "7")
    assert limits() == Limits(frames=7)


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1e6", "9" * 30, "²"])
def test_a_limit_that_is_no_number_is_told(monkeypatch, value):
    monkeypatch.setenv("FACE_PARSING_MAX_FRAMES", value)
    with pytest.raises(PipelineError, match=r"^FACE_PARSING_MAX_FRAMES: .*expected a whole number above 0"):
        limits()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((60_000, 60_000), "60000 x 60000 pixels; expected 134217728 pixels at most (FACE_PARSING_MAX_PIXELS)"),
        ((70_000, 10), "70000 x 10 pixels; expected 65500 pixels a side at most (FACE_PARSING_MAX_SIDE)"),
        ((2, 40_001), "2 x 40001 pixels; expected 20000 to 1 for its sides at most (FACE_PARSING_MAX_SIDE_RATIO)"),
        ((0, 5), "0 x 5 pixels; expected a picture of one pixel or more"),
    ],
)
def test_a_picture_beyond_a_limit_is_told_with_its_name(size, told):
    with pytest.raises(PipelineError) as caught:
        check_picture("a.png", *size)
    assert str(caught.value) == f"a.png: {told}"


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (2, 20_000), (20_000, 2), (7680, 4320)])
def test_odd_and_large_pictures_are_within_the_limits(size):
    check_picture("a.png", *size)


def test_a_file_is_not_read_beyond_its_limit(tmp_path, monkeypatch):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(2**40)  # that takes no room
    with pytest.raises(
        PipelineError, match=r"a: 1099511627776 bytes; expected 268435456 at most \(FACE_PARSING_MAX_BYTES\)"
    ):
        read_bytes(tmp_path / "a", "words")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(PipelineError, match="not a regular file; expected words"):
            read_bytes(path, "words")
    for path in (tmp_path / "none", tmp_path / "a\0b", tmp_path / ("a" * 5000)):
        with pytest.raises(PipelineError, match="missing; expected words"):
            read_bytes(path, "words")
