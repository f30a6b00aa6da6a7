import os
from pathlib import Path

import pytest

from face_parsing.commands.manifest import Manifest, Row, version_of
from face_parsing.core.errors import PipelineError


def row(name: str, outcome: str = "done") -> Row:
    return Row(name, f"in/{name}.jpg", outcome, 1, 0, 2, 0.5, "12-34")


@pytest.fixture
def output(tmp_path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_what_is_done_is_kept_and_what_failed_changed_or_went_is_not(output):
    manifest = Manifest(output / "manifest.csv", output)
    for each in (row("a"), row("b", "b.jpg: broken, of course"), row("c"), row("gone")):
        manifest.add(each)
    again = Manifest(output / "manifest.csv", output)
    assert list(again.rows) == ["a", "c"] and again.rows["a"] == row("a")
    assert again.has("a", "12-34") and not again.has("a", "12-35") and not again.has("b", "12-34")


def test_a_line_that_was_cut_off_is_forgotten(output):
    path = output / "manifest.csv"
    manifest = Manifest(path, output)
    for name in ("a", "b"):
        manifest.add(row(name))
    whole = path.read_bytes()
    for size in range(len(whole) - len(b"b,in/b.jpg,done,1,0,2,0.5,12-34\n"), len(whole)):
        path.write_bytes(whole[:size])
        assert list(Manifest(path, output).rows) == ["a"]


def test_another_table_is_refused_and_stays(output):
    (output / "manifest.csv").write_text("clip,frame\na,b\n")
    with pytest.raises(
        PipelineError, match=r"manifest\.csv: not a manifest of predict; expected one, or another --output"
    ):
        Manifest(output / "manifest.csv", output)
    assert (output / "manifest.csv").read_text() == "clip,frame\na,b\n"


def test_a_version_changes_with_the_input(tmp_path):
    file = tmp_path / "a.jpg"
    assert version_of(file) == ""
    file.write_bytes(b"1")
    first, folder = version_of(file), version_of(tmp_path)
    os.utime(file, ns=(1, 1))
    assert version_of(file) != first and version_of(tmp_path) != folder
    folder = version_of(tmp_path)
    (tmp_path / "b.jpg").touch()
    assert version_of(tmp_path) != folder
