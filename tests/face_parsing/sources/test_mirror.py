"""A source on an S3 server of this machine, against the same source in a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.sources.intake import bring_in
from face_parsing.sources.mirror import CACHE, mirror
from tests.face_parsing.sources.folders import FOLDERS, data, write_image
from tests.object_storage import SECRET, empty_bucket, s3_server

pytestmark = pytest.mark.integration

ROOT = "s3://bucket/faces"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(server, empty_project, monkeypatch) -> Any:
    """An empty bucket; its server and the credentials are in the environment alone."""
    return empty_bucket(server, monkeypatch)


def upload(bucket, folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), f"faces/{path.relative_to(folder).as_posix()}")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("source", list(FOLDERS))
def test_a_remote_source_is_brought_in_as_the_local_one(bucket, source):
    FOLDERS[source](Path("local"))
    upload(bucket, Path("local"))
    table = Path(__file__).parents[3] / f"configs/labels/{source}.yaml"
    labels = read_labels(table if table.exists() else Path("data/labels.yaml"))
    assert bring_in(data(source, Path("local")), labels, Path("a")) == bring_in(data(source, ROOT), labels, Path("b"))
    assert files(Path("a")) == files(Path("b"))


def test_what_is_not_needed_is_not_fetched_and_what_has_changed_is(bucket):
    FOLDERS["davis"](Path("local"))
    write_image(Path("local/JPEGImages/other/0.jpg"), np.zeros((9, 9, 3), np.uint8))
    upload(bucket, Path("local"))
    labels = read_labels(Path("data/labels.yaml"))
    bring_in(data("davis", ROOT), labels, Path("a"))
    copy = mirror(ROOT)
    assert (copy.folder / "JPEGImages/other/0.jpg").stat().st_size == 0
    kept, changed = (copy.folder / f"JPEGImages/train é/0000{number}.jpg" for number in (0, 1))
    assert kept.stat().st_size > 0 and changed.stat().st_size > 0
    key = f"faces/{changed.relative_to(copy.folder).as_posix()}"
    bucket.put_object(Key=key, Body=changed.read_bytes() + b"more")
    bucket.delete_objects(Delete={"Objects": [{"Key": "faces/JPEGImages/other/0.jpg"}]})
    before = kept.stat().st_ino
    again = mirror(ROOT)
    assert changed.stat().st_size == 0 and not (copy.folder / "JPEGImages/other/0.jpg").exists()
    again.fetch([kept, changed])
    assert kept.stat().st_ino == before and changed.read_bytes().endswith(b"more")


def test_faults_name_the_remote_file(bucket):
    FOLDERS["davis"](Path("local"))
    Path("local/JPEGImages/val é/00002.jpg").write_bytes(b"no picture")
    upload(bucket, Path("local"))
    with pytest.raises(PipelineError, match=rf"^{ROOT}/JPEGImages/val é/00002\.jpg: "):
        bring_in(data("davis", ROOT), read_labels(Path("data/labels.yaml")), Path("a"))


def test_a_folder_that_is_not_there_or_may_not_be_read_is_one_line_without_the_secret(bucket, monkeypatch):
    with pytest.raises(PipelineError, match=rf"^{ROOT}: no files"):
        mirror(ROOT)
    with pytest.raises(PipelineError, match=r"^s3://nowhere/faces: ") as told:
        mirror("s3://nowhere/faces")
    assert SECRET not in str(told.value) and "\n" not in str(told.value)
    with pytest.raises(PipelineError, match=r"^nothing://a/b: .*expected"):
        mirror("nothing://a/b")


def test_a_name_does_not_lead_out_of_the_copy(bucket):
    bucket.put_object(Key="faces/../../escaped.txt", Body=b"x")
    with pytest.raises(PipelineError, match=r"the name contains \.\."):
        mirror(ROOT)
    assert list(Path().rglob("escaped.txt")) == []


def test_the_environment_says_where_copies_are_kept(bucket, monkeypatch, tmp_path):
    bucket.put_object(Key="faces/ImageSets/train.txt", Body=b"a\n")
    monkeypatch.setenv(CACHE, str(tmp_path / "kept"))
    assert mirror(ROOT).folder == tmp_path / "kept/s3/bucket/faces"
    assert (tmp_path / "kept/s3/bucket/faces/ImageSets/train.txt").read_text() == "a\n"
