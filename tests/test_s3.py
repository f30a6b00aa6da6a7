"""Object storage as the docs have it, against an S3 server of this machine: a source, and a remote of DVC's."""

import shutil
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.face_parsing.sources.folders import FOLDERS
from tests.repositories import out_of_date, set_parameters, succeed

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "not-to-be-told", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def bucket(monkeypatch):
    """A bucket on a server that the environment names."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in CREDENTIALS.items() | {("AWS_ENDPOINT_URL", f"http://{host}:{port}")}:
        monkeypatch.setenv(name, value)
    with urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")):
        created = boto3.resource("s3").Bucket("bucket")
    created.create()
    yield created
    server.stop()


def test_a_source_on_object_storage_is_prepared_and_no_secret_is_told(project, bucket, tmp_path):
    FOLDERS["davis"](tmp_path / "local")
    for path in (tmp_path / "local").rglob("*.*"):
        bucket.upload_file(str(path), f"faces/{path.relative_to(tmp_path / 'local').as_posix()}")
    set_parameters(project, {"data.source": "davis", "data.root": "s3://bucket/faces"})
    log = succeed(project, "dvc", "repro", "prepare")
    assert "1 train, 1 val, 1 test clips, 12 frames: data/clips" in log
    written = [path for path in project.rglob("*") if path.is_file() and path.suffix in (".lock", ".json", ".yaml", "")]
    told = "".join([log, *(path.read_text(errors="replace") for path in written if ".dvc/cache" not in str(path))])
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in told
    assert succeed(project, "git", "status", "--short", "--untracked-files").count("?? ") == 0


def test_a_remote_on_object_storage_gives_a_run_back(project, bucket):
    succeed(project, "dvc", "remote", "add", "--default", "shared", "s3://bucket/path")
    succeed(project, "dvc", "push", "--run-cache")
    shutil.rmtree(project / ".dvc/cache")
    for folder in ("data", "models", "curves"):
        shutil.rmtree(Path(project, folder))
    succeed(project, "dvc", "pull", "--run-cache")
    assert out_of_date(project) == set()
