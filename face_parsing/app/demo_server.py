"""The page's server: it answers this machine's own pages only, and keeps nothing of what it is given."""

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

from face_parsing.app.demo_answers import Record, parse_upload, write_video
from face_parsing.app.face_parser import FaceParser
from face_parsing.app.overlay import OPACITY
from face_parsing.pipeline.entry import UserError, show_origin, working_on
from face_parsing.pipeline.limits import check_limit, limits
from face_parsing.sources.footage import HIGHEST_RATE

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
PREFIX = "face-parsing-demo-"  # of the folders that an upload is in until it is answered
LEFT_SECONDS = 1.0  # that answers have to end in when the command is interrupted

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(face_parser: FaceParser, listener: socket.socket) -> None:
    """Answer what comes to a listening socket, until the process is interrupted."""
    web.run_app(application(face_parser), sock=listener, print=None, access_log=None, shutdown_timeout=LEFT_SECONDS)


def application(face_parser: FaceParser) -> web.Application:
    """The page, its settings, and two answers, all to its own origin only.

    ``POST /parse?name=`` takes a picture or a video, the whole body, and answers with records of
    :func:`parse_upload`, a line of JSON each. ``POST /video?rate=`` takes what :func:`write_video` does, and answers
    with a WebM video. A fault is ``{"error": a line}``: of status 400 or 413, or the
    last record.
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
    """Refuse what another site's page asks: under a name of that site's own for this address, or across origins."""
    try:
        host = URL(f"http://{request.host}").host
    except ValueError:
        host = None
    origin = request.headers.get("Origin", f"http://{request.host}")
    if host not in HOSTS or origin != f"http://{request.host}":
        return _fault("only the page at this machine's own address is answered", 403)
    return await handler(request)


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _file(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / FILES[request.path])


def _fault(line: object, status: int) -> web.Response:
    return web.json_response({"error": str(line)}, status=status)


class Server:
    """The answers; one upload is parsed at a time, the others wait."""

    def __init__(self, face_parser: FaceParser):
        self.face_parser = face_parser
        self.worker = ThreadPoolExecutor(1)

    async def settings(self, _request: web.Request) -> web.Response:
        """What the page needs to know: classes and their colours, opacity, and the most bytes that it may send."""
        labels = [{"id": part.id, "name": part.name, "color": part.color} for part in self.face_parser.labels.parts]
        return web.json_response({"labels": labels, "opacity": OPACITY, "bytes": limits().video_bytes})

    async def parse(self, request: web.Request) -> web.StreamResponse:
        """An upload's records as they come."""
        name = request.query.get("name", "upload")
        with TemporaryDirectory(prefix=PREFIX) as folder:
            path = Path(folder, "upload")
            try:
                await _receive(request, path, name)
            except UserError as fault:
                return _fault(fault, 413)
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            try:
                async with aclosing(self._records(path, name)) as records:
                    async for record in records:
                        if not response.prepared:
                            await response.prepare(request)
                        await response.write(json.dumps(record).encode() + b"\n")
            except ConnectionResetError:  # the page has left
                pass
            except UserError as fault:
                show_origin()
                # The upload's own name says more than that of the file which held it.
                line = str(fault).replace(str(path), name)
                if not response.prepared:
                    return _fault(line, 400)
                await response.write(json.dumps({"error": line}).encode() + b"\n")
            return response

    async def _records(self, path: Path, name: str) -> AsyncGenerator[Record, None]:
        loop = asyncio.get_running_loop()
        records: asyncio.Queue[Record | None] = asyncio.Queue()
        gone = threading.Event()

        def send(record: Record) -> None:
            if gone.is_set():
                raise UserError(f"{name}: nobody waits for the answer any more")
            loop.call_soon_threadsafe(records.put_nowait, record)

        def parse() -> None:
            with working_on(name):
                parse_upload(self.face_parser, path, send)

        work = loop.run_in_executor(self.worker, parse)
        work.add_done_callback(lambda _: records.put_nowait(None))
        try:
            while (record := await records.get()) is not None:
                yield record
            await work
        finally:
            # The page left, or the command was interrupted: the work ends at its next record, and then its folder goes.
            gone.set()
            await asyncio.wait([work])

    async def video(self, request: web.Request) -> web.StreamResponse:
        """The page's pictures as a video."""
        with TemporaryDirectory(prefix=PREFIX) as name:
            folder = Path(name)
            try:
                rate = _rate(request.query.get("rate", ""))
                await _receive(request, folder / "frames", "frames")
                await asyncio.to_thread(write_video, folder / "overlay.webm", folder / "frames", rate)
            except UserError as fault:
                return _fault(str(fault).replace(f"{folder}/", ""), 400)
            return web.Response(body=(folder / "overlay.webm").read_bytes(), content_type="video/webm")


async def _receive(request: web.Request, path: Path, name: str) -> None:
    """Write a request's body to a file, and no more of it than a video may have; a picture's own limit follows."""
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
        raise UserError(f"rate: {text!r}; expected frames a second, {HIGHEST_RATE:.0f} at most")
    return rate
