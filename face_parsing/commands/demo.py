"""Serves a local page to try the models on images, videos and the camera."""

import argparse
import os
import socket
from importlib.util import find_spec
from pathlib import Path

from face_parsing.commands.export import export_project
from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import PREFIX
from face_parsing.runtime.exported import NotExported
from face_parsing.runtime.face_parser import FaceParser

ADDRESS = "127.0.0.1"
# Default limits of an upload. The page holds all frames of a video in memory, and browsers limit the sides of images.
LIMITS = {"pixels": 2**25, "side": 2**14, "bytes": 2**26, "video_bytes": 2**28, "frames": 1500}


def main(arguments: argparse.Namespace) -> None:
    """Serve the page until the user interrupts the command."""
    if find_spec("aiohttp") is None:
        raise PipelineError("aiohttp: missing; expected the extra demo: `pip install -e '.[demo]'`")
    from face_parsing.demo.server import serve

    for name, most in LIMITS.items():
        os.environ.setdefault(f"{PREFIX}{name.upper()}", str(most))
    # The port is checked first, since loading the models takes seconds.
    with listen(arguments.port) as listener:
        face_parser = onnx_parser(arguments.project)
        print(f"face parsing at http://{ADDRESS}:{listener.getsockname()[1]}/ until Ctrl-C", flush=True)
        serve(face_parser, listener)


def listen(port: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1.

    Args:
        port: The port; 0 for any free one.

    Raises:
        PipelineError: The port is invalid, in use or not permitted.
    """
    try:
        return socket.create_server((ADDRESS, port))
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "not a port"
        raise PipelineError(f"--port {port}: {reason}; expected a free port from 1024 to 65535") from None


def onnx_parser(project: Path | None) -> FaceParser:
    """Load a project's models in onnxruntime; export them first where needed.

    Args:
        project: The folder where the pipeline ran; None for the bundled models.

    Raises:
        PipelineError: See :class:`FaceParser` and :func:`export_project`.
    """
    try:
        return FaceParser(project, runtime="onnx")
    except NotExported:
        print("no export of the current models; exporting them once, which takes a while", flush=True)
        export_project(project)
        return FaceParser(project, runtime="onnx")
