"""Object storage as the docs have it, against an S3 server of this machine: a source, and a remote of DVC's."""

import shutil
from pathlib import Path

import pytest

from tests.face_parsing.sources.folders import FOLDERS
from tests.object_storage import SECRET, empty_bucket, s3_server
from tests.repositories import out_of_date, set_parameters, succeed

pytestmark = pytest.mark.dvc


@pytest.fixture
def bucket(monkeypatch):
    """A bucket on a server that the environment names."""
    with s3_server() as server:
        yield empty_bucket(server, monkeypatch)


def test_a_source_on_object_storage_is_prepared_and_no_secret_is_told(project, bucket, tmp_path):
    FOLDERS["davis"](tmp_path / "local")
    for path in (tmp_path / "local").rglob("*.*"):
        bucket.upload_file(str(path), f"faces/{path.relative_to(tmp_path / 'local').as_posix()}")
    set_parameters(project, {"data.source": "davis", "data.root": "s3://bucket/faces"})
    log = succeed(project, "dvc", "repro", "prepare")
    assert "1 train, 1 val, 1 test clips, 12 frames: data/clips" in log
    written = [path for path in project.rglob("*") if path.is_file() and path.suffix in (".lock", ".json", ".yaml", "")]
    told = "".join([log, *(path.read_text(errors="replace") for path in written if ".dvc/cache" not in str(path))])
    assert SECRET not in told
    assert succeed(project, "git", "status", "--short", "--untracked-files").count("?? ") == 0


def test_a_remote_on_object_storage_gives_a_run_back(project, bucket):
    succeed(project, "dvc", "remote", "add", "--default", "shared", "s3://bucket/path")
    succeed(project, "dvc", "push", "--run-cache")
    shutil.rmtree(project / ".dvc/cache")
    for folder in ("data", "models", "curves"):
        shutil.rmtree(Path(project, folder))
    succeed(project, "dvc", "pull", "--run-cache")
    assert out_of_date(project) == set()
