"""The page's server. It answers only pages of this machine, and deletes every upload after its answer."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from yarl import URL

from face_parsing.core.errors import PipelineError, error_context, show_origin
from face_parsing.core.limits import check_limit, limits
from face_parsing.demo.answers import Record, parse_upload, write_video
from face_parsing.media.overlay import OPACITY
from face_parsing.media.video_reader import HIGHEST_RATE
from face_parsing.runtime.face_parser import FaceParser

PAGE = Path(__file__).parent / "page"
FILES = {"/": "index.html", "/page.css": "page.css", "/page.js": "page.js"}
HOSTS = {"localhost", "127.0.0.1", "::1"}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PREFIX = "face-parsing-demo-"  # of the temporary folders of uploads
LEFT_SECONDS = 1.0  # time for open answers to end when the command is interrupted

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(face_parser: FaceParser, listener: socket.socket) -> None:
    """Serve the page on a listening socket until the process is interrupted."""
    web.run_app(application(face_parser), sock=listener, print=None, access_log=None, shutdown_timeout=LEFT_SECONDS)


def application(face_parser: FaceParser) -> web.Application:
    """The web application: the page, its settings, and two services, for its own origin only.

    ``POST /parse?name=`` takes an image or a video as its body. It answers with the records of
    :func:`parse_upload`, one line of JSON each. ``POST /video?rate=`` takes the frames of :func:`write_video` and
    answers with a WebM video. An error is ``{"error": message}``, with status 400 or 413 or as the last record.
    """
    app = web.Application(middlewares=[own_pages_only])
    server = Server(face_parser)
    app.on_response_prepare.append(_protect)
    for path in FILES:
        app.router.add_get(path, _file)
    app.router.add_get("/settings", server.settings)
    app.router.add_post("/parse", server.parse)
    app.router.add_post("/video", server.video)
    return app


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests of other sites: cross-origin ones, and those to another host name for this address."""
    try:
        host = URL(f"http://{request.host}").host
    except ValueError:
        host = None
    origin = request.headers.get("Origin", f"http://{request.host}")
    if host not in HOSTS or origin != f"http://{request.host}":
        return _error("only requests of this machine's own page are answered", 403)
    return await handler(request)


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _file(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / FILES[request.path])


def _error(message: object, status: int) -> web.Response:
    return web.json_response({"error": str(message)}, status=status)


class Server:
    """The request handlers; uploads are parsed one at a time."""

    def __init__(self, face_parser: FaceParser):
        self.face_parser = face_parser
        self.worker = ThreadPoolExecutor(1)

    async def settings(self, _request: web.Request) -> web.Response:
        """The page's settings: classes and their colors, opacity, and the maximum size of an upload in bytes."""
        labels = [{"id": part.id, "name": part.name, "color": part.color} for part in self.face_parser.labels.parts]
        return web.json_response({"labels": labels, "opacity": OPACITY, "bytes": limits().video_bytes})

    async def parse(self, request: web.Request) -> web.StreamResponse:
        """Stream the records of an upload."""
        name = request.query.get("name", "upload")
        with TemporaryDirectory(prefix=PREFIX) as folder:
            path = Path(folder, "upload")
            try:
                await _receive(request, path, name)
            except PipelineError as error:
                return _error(error, 413)
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            try:
                async with aclosing(self._records(path, name)) as records:
                    async for record in records:
                        if not response.prepared:
                            await response.prepare(request)
                        await response.write(json.dumps(record).encode() + b"\n")
            except ConnectionResetError:  # the page was closed
                pass
            except PipelineError as error:
                show_origin()
                # The user knows the upload's name, not the temporary file's.
                message = str(error).replace(str(path), name)
                if not response.prepared:
                    return _error(message, 400)
                await response.write(json.dumps({"error": message}).encode() + b"\n")
            return response

    async def _records(self, path: Path, name: str) -> AsyncGenerator[Record, None]:
        loop = asyncio.get_running_loop()
        records: asyncio.Queue[Record | None] = asyncio.Queue()
        closed = threading.Event()

        def send(record: Record) -> None:
            if closed.is_set():
                raise PipelineError(f"{name}: the page was closed")
            loop.call_soon_threadsafe(records.put_nowait, record)

        def parse() -> None:
            with error_context(name):
                parse_upload(self.face_parser, path, send)

        work = loop.run_in_executor(self.worker, parse)
        work.add_done_callback(lambda _: records.put_nowait(None))
        try:
            while (record := await records.get()) is not None:
                yield record
            await work
        finally:
            # After this the caller deletes the folder, so wait until the work ends at its next record.
            closed.set()
            await asyncio.wait([work])

    async def video(self, request: web.Request) -> web.StreamResponse:
        """Make a video of the page's images."""
        with TemporaryDirectory(prefix=PREFIX) as name:
            folder = Path(name)
            try:
                rate = _rate(request.query.get("rate", ""))
                await _receive(request, folder / "frames", "frames")
                await asyncio.to_thread(write_video, folder / "overlay.webm", folder / "frames", rate)
            except PipelineError as error:
                return _error(str(error).replace(f"{folder}/", ""), 400)
            return web.Response(body=(folder / "overlay.webm").read_bytes(), content_type="video/webm")


async def _receive(request: web.Request, path: Path, name: str) -> None:
    """Write a request's body to a file, up to the size limit of videos; images have their own limit later."""
    check_limit(name, request.content_length or 0, "bytes", "video_bytes")
    received = 0
    with path.open("wb") as file:
        async for chunk in request.content.iter_any():
            received += len(chunk)
            check_limit(name, received, "bytes", "video_bytes")
            file.write(chunk)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= HIGHEST_RATE:
        raise PipelineError(f"rate: {text!r}; expected frames a second, {HIGHEST_RATE:.0f} at most")
    return rate
