"""A page to try the models on pictures, videos and the camera, served to this machine's own browser."""

import argparse
import os
import socket
from importlib.util import find_spec
from pathlib import Path

from face_parsing.app.export import export_project
from face_parsing.app.face_parser import FaceParser
from face_parsing.app.onnx_runtime import NotExported
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import PREFIX

ADDRESS = "127.0.0.1"
# What a page may be given, unless the environment says otherwise: it holds a whole video's frames in memory, and a
# browser draws no longer sides.
LIMITS = {"pixels": 2**25, "side": 2**14, "bytes": 2**26, "video_bytes": 2**28, "frames": 1500}


def main(arguments: argparse.Namespace) -> None:
    """Serve the page until the command is interrupted."""
    if find_spec("aiohttp") is None:
        raise UserError("aiohttp: missing; expected the extra demo: `pip install -e '.[demo]'`")
    from face_parsing.app.demo_server import serve

    for name, most in LIMITS.items():
        os.environ.setdefault(f"{PREFIX}{name.upper()}", str(most))
    # Before the models are loaded, which takes seconds.
    with listen(arguments.port) as listener:
        face_parser = onnx_parser(arguments.project)
        print(f"face parsing at http://{ADDRESS}:{listener.getsockname()[1]}/ until Ctrl-C", flush=True)
        serve(face_parser, listener)


def listen(port: int) -> socket.socket:
    """A socket that listens at a port of this machine, which no other machine reaches; port 0 for any free one.

    Raises:
        UserError: the port is no port, is in use, or may not be had.
    """
    try:
        return socket.create_server((ADDRESS, port))
    except (OSError, OverflowError) as error:
        what = os.strerror(error.errno or 0) if isinstance(error, OSError) else "no port"
        raise UserError(f"--port {port}: {what}; expected a free port from 1024 to 65535") from None


def onnx_parser(project: Path | None) -> FaceParser:
    """A project's models run by onnxruntime, exported first where they are not.

    Args:
        project: The folder where the pipeline ran; None for the models in the box.

    Raises:
        UserError: see :class:`FaceParser` and :func:`export_project`.
    """
    try:
        return FaceParser(project, runtime="onnx")
    except NotExported:
        print("no ONNX files of the models as they are now; exporting them, which takes a while once", flush=True)
        export_project(project)
        return FaceParser(project, runtime="onnx")
