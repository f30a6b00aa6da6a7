"""An S3 server on this machine, which the environment names as it would any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

SECRET = "not-to-be-told"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server that runs as long as the block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def empty_bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, all there is on the server; address and credentials are in the environment alone."""
    for name, value in {"AWS_ENDPOINT_URL": server, **CREDENTIALS}.items():
        monkeypatch.setenv(name, value)
    with urlopen(Request(f"{server}/moto-api/reset", method="POST")):
        created = boto3.resource("s3").Bucket("bucket")
    created.create()
    return created
