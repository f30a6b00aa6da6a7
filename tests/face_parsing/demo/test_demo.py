"""The page to try the models: what its server answers and refuses, and the page in a browser without a window."""

import argparse
import asyncio
import json
import socket
import struct
import tempfile
import threading
import time
import zlib
from base64 import b64decode
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import cv2
import numpy as np
import pytest
from aiohttp import web
from playwright.sync_api import Route

from face_parsing.clips.face_table import Face
from face_parsing.commands import demo
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.core.limits import PREFIX
from face_parsing.demo.answers import VIDEO_SIDE
from face_parsing.demo.server import FILES, PAGE, application
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.media.reading import open_media
from face_parsing.runtime.exported import NotExported
from tests.browser import DESK, PHONE, needs_browser, opened

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml").resolve())
NOSE, HAIR = LABELS.id_of("nose"), LABELS.id_of("hair")
GREY = 100


class HalvesParser:
    """A FaceParser to which every picture is one face, nose on the left and hair on the right; red ones are faults."""

    labels = LABELS

    def __init__(self):
        self.clips: list[int] = []  # the frames of each

    def find(self, images):
        faces = [[Face((1.0, 1.0, i.shape[1] - 1.0, i.shape[0] - 1.0), 0.5, "detected")] for i in images]
        self.clips.append(len(faces))
        return faces

    def parse(self, images, faces):
        for image, _ in zip(images, faces, strict=True):
            if image[0, 0, 2] > 2 * GREY:
                raise RuntimeError("red\nis no colour")
            label_map = np.full(image.shape[:2], NOSE, np.uint8)
            label_map[:, image.shape[1] // 2 :] = HAIR
            yield image, label_map


@pytest.fixture
def face_parser() -> HalvesParser:
    return HalvesParser()


@pytest.fixture
def port(face_parser, tmp_path, monkeypatch) -> Iterator[int]:
    """The port of a server, after whose answers no file may be left."""
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "kept"))
    loop, listener = asyncio.new_event_loop(), demo.listen(0)
    runner = web.AppRunner(application(face_parser), shutdown_timeout=0.1)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    asyncio.run_coroutine_threadsafe(start(), loop).result()
    yield listener.getsockname()[1]
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert list((tmp_path / "kept").iterdir()) == []


def ask(port: int, method: str, path: str, body: object = None, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {name.capitalize(): value for name, value in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def records(port: int, body: object, name: str = "a.png") -> tuple[int, list[dict]]:
    response, content = ask(port, "POST", f"/parse?name={name}", body)
    return response.status, [json.loads(line) for line in content.splitlines()]


def picture(height: int = 40, width: int = 60, suffix: str = ".png", value: int = GREY) -> bytes:
    return cv2.imencode(suffix, np.full((height, width, 3), value, np.uint8))[1].tobytes()


def video(folder: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (64, 48)) -> bytes:
    writer = cv2.VideoWriter(str(folder / "a.mp4"), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), 10, size)
    for colour in colours:
        writer.write(np.full((*size[::-1], 3), colour, np.uint8))
    writer.release()
    return (folder / "a.mp4").read_bytes()


def label_map_of(record: dict, folder: Path) -> np.ndarray:
    (folder / "labels.png").write_bytes(b64decode(record["label_map"]))
    return read_label_map(folder / "labels.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tif"])
def test_a_picture_is_answered_with_itself_its_label_map_and_its_faces(port, tmp_path, suffix):
    status, (record,) = records(port, picture(suffix=suffix))
    assert status == 200
    assert (record["width"], record["height"], record["of"]) == (60, 40, 1)
    assert record["faces"] == [{"box": [1, 1, 59, 39], "source": "detected"}]
    label_map = label_map_of(record, tmp_path)
    assert (label_map[:, :30] == NOSE).all() and (label_map[:, 30:] == HAIR).all()
    assert zlib.decompress(b64decode(record["classes"])) == label_map.tobytes()
    image = cv2.imdecode(np.frombuffer(b64decode(record["image"]), np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (40, 60, 3) and np.abs(image.astype(int) - GREY).max() <= 3


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"words", "neither an image nor a video that FFmpeg reads"),
        (b"", "neither an image nor a video that FFmpeg reads"),
        (picture()[:60], "not readable or truncated; expected an image"),
        (b"RIFF\0\0\0\0AVI words", "neither an image nor a video that FFmpeg reads"),
        (picture(value=255), "RuntimeError: red (with --debug, or FACE_PARSING_DEBUG=1, you see the traceback)"),
    ],
)
def test_what_cannot_be_parsed_is_one_line_that_names_the_upload(port, body, fault):
    assert records(port, body, "my%20file.png") == (400, [{"error": f"my file.png: {fault}"}])


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_an_upload_is_read_no_further_than_its_limit(port, monkeypatch, told):
    monkeypatch.setenv("FACE_PARSING_MAX_VIDEO_BYTES", "100000")
    body = bytes(1_000_000)
    status, answers = records(port, body if told else iter([body[:70_000], body[70_000:]]), "a.mp4")
    assert status == 413
    assert answers[0]["error"].startswith("a.mp4: ")
    assert answers[0]["error"].endswith(" bytes; expected 100000 at most (FACE_PARSING_MAX_VIDEO_BYTES)")


@pytest.mark.parametrize(("variable", "most"), [("BYTES", "100"), ("PIXELS", "2000"), ("SIDE", "50")])
def test_a_picture_has_the_limits_of_every_picture(port, monkeypatch, variable, most):
    monkeypatch.setenv(f"FACE_PARSING_MAX_{variable}", most)
    status, answers = records(port, picture())
    assert status == 400 and answers[0]["error"].endswith(f"at most (FACE_PARSING_MAX_{variable})")


def test_a_videos_faces_are_found_in_one_go_and_then_its_frames_are_answered_as_they_come(port, face_parser, tmp_path):
    status, answers = records(port, video(tmp_path, [(GREY, GREY, GREY)] * 5), "a.mp4")
    assert status == 200 and face_parser.clips == [5]
    assert answers[:5] == [{"found": number, "of": 5} for number in range(1, 6)]
    assert [(each["frame"], each["of"], each["rate"]) for each in answers[5:]] == [(n, 5, 10) for n in range(5)]
    assert label_map_of(answers[7], tmp_path).shape == (48, 64)


def test_a_videos_frames_are_no_larger_than_the_page_can_hold(port, tmp_path):
    _, answers = records(port, video(tmp_path, [(GREY, GREY, GREY)] * 2, (2560, 720)), "a.mp4")
    assert (answers[-1]["width"], answers[-1]["height"]) == (VIDEO_SIDE, 360)
    assert label_map_of(answers[-1], tmp_path).shape == (360, VIDEO_SIDE)


def test_too_many_frames_are_one_line(port, tmp_path, monkeypatch):
    monkeypatch.setenv("FACE_PARSING_MAX_FRAMES", "4")
    answers = records(port, video(tmp_path, [(GREY, GREY, GREY)] * 5), "a.mp4")
    assert answers == (400, [{"error": "a.mp4: 5 frames; expected 4 at most (FACE_PARSING_MAX_FRAMES)"}])


def test_a_fault_in_the_middle_of_a_video_is_its_last_line(port, tmp_path):
    body = video(tmp_path, [(GREY, GREY, GREY)] * 3 + [(0, 0, 255)])
    status, answers = records(port, body, "a.mp4")
    assert status == 200 and [each.get("frame") for each in answers[4:-1]] == [0, 1, 2]
    assert answers[-1]["error"].startswith("a.mp4: RuntimeError: red")


def test_the_work_ends_when_the_page_leaves(port, face_parser, tmp_path, monkeypatch):
    seen = []

    def slow(images, faces):
        for image, _ in zip(images, faces, strict=True):
            time.sleep(0.02)
            seen.append(image)
            yield image, image[..., 0]

    monkeypatch.setattr(face_parser, "parse", slow)
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/parse", video(tmp_path, [(GREY, GREY, GREY)] * 500))
    connection.getresponse().read(100)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert records(port, picture())[0] == 200  # which waits for the work
    assert len(seen) < 400


@pytest.mark.parametrize("path", [*FILES, "/settings", "/parse", "/video"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:{port}"},
        {"host": "127.0.0.1.evil.example:{port}"},
        {"host": "[broken"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "null"},
    ],
)
def test_other_sites_are_refused(port, path, headers):
    headers = {name: value.format(port=port) for name, value in headers.items()}
    response, content = ask(port, "POST" if path in ("/parse", "/video") else "GET", path, **headers)
    # aiohttp itself refuses a host that is none.
    assert response.status in (400, 403) and b"label" not in content and b"<html" not in content


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "localhost:9999", "LOCALHOST", "[::1]:{port}"]
)
def test_the_machines_own_names_are_answered_and_no_other_origin_may_read_that(port, host):
    host = host.format(port=port)
    for path in (*FILES, "/settings"):
        response, _ = ask(port, "GET", path, host=host, origin=f"http://{host}")
        assert response.status == 200
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"


def sequence(*pictures: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(each)) + each for each in pictures)


def test_the_pages_pictures_become_a_video_that_browsers_play(port, tmp_path):
    frames = [picture(48, 64, ".jpg", 40 * number) for number in range(5)]
    response, content = ask(port, "POST", "/video?rate=12.5", sequence(*frames))
    assert (response.status, response.headers["Content-Type"]) == (200, "video/webm")
    (tmp_path / "a.webm").write_bytes(content)
    media, _ = open_media(tmp_path / "a.webm")
    assert (len(media), media.size, media.rate) == (5, (64, 48), 12.5)
    for number, frame in enumerate(media.frames()):
        assert abs(frame.mean() - 40 * number) < 6


@pytest.mark.parametrize(
    ("rate", "body", "fault"),
    [
        ("10", b"", "frames: empty; expected pictures"),
        ("10", sequence(picture())[:-40], "frame.jpg: not readable"),
        ("10", sequence(picture(), picture(20, 20)), "frames: 20 x 20 pixels; expected 60 x 40"),
        ("10", b"\xff\xff\xff\xff", "frames: 4294967295 bytes for a picture; expected"),
        ("10", sequence(*[picture()] * 4), "frames: 4 pictures; expected 3 at most"),
        ("nan", sequence(picture()), "rate: 'nan'; expected frames a second"),
        ("", sequence(picture()), "rate: ''; expected frames a second"),
    ],
)
def test_what_makes_no_video_is_one_line(port, monkeypatch, rate, body, fault):
    monkeypatch.setenv("FACE_PARSING_MAX_FRAMES", "3")
    response, content = ask(port, "POST", f"/video?rate={rate}", body)
    assert response.status == 400 and json.loads(content)["error"].startswith(fault)


def test_the_page_names_no_other_machine():
    for name in FILES.values():
        text = (PAGE / name).read_text(encoding="utf-8")
        assert "http:" not in text and "https:" not in text and "//" not in text.replace("// ", "")


@pytest.fixture
def own_limits(monkeypatch) -> None:
    """The demo's limits, which it would leave in the environment of the tests that follow."""
    for name, most in demo.LIMITS.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(most))


def demo_arguments(port: int) -> argparse.Namespace:
    return argparse.Namespace(port=port, project=None)


def test_a_port_in_use_is_one_line_before_the_models_are_loaded(own_limits, monkeypatch):
    monkeypatch.setattr(demo, "onnx_parser", lambda project: pytest.fail("loaded"))
    with demo.listen(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PipelineError, match=rf"--port {port}: Address already in use; expected a free port"):
            demo.main(demo_arguments(port))


def test_a_port_that_is_none_is_one_line():
    with pytest.raises(PipelineError, match=r"--port 70000: not a port; expected a free port"):
        demo.listen(70_000)


def test_the_missing_extra_is_one_line(monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    with pytest.raises(
        PipelineError, match=r"aiohttp: missing; expected the extra demo: `pip install -e '\.\[demo\]'`"
    ):
        demo.main(demo_arguments(0))


def test_the_server_is_reached_from_this_machine_only():
    with demo.listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_models_are_exported_once_where_they_are_not(tmp_path, monkeypatch, capsys):
    done = []

    def build(folder: Path, runtime: str) -> str:
        if not done:
            raise NotExported("exported/models.json: missing")
        return f"{folder} by {runtime}"

    monkeypatch.setattr(demo, "FaceParser", build)
    monkeypatch.setattr(demo, "export_project", done.append)
    for _ in range(2):
        assert demo.onnx_parser(tmp_path) == f"{tmp_path} by onnx"
    assert done == [tmp_path]
    assert len(capsys.readouterr().out.splitlines()) == 1


# ---- In a browser


def colour_at(page, share: float) -> list[int]:
    """The red, green and blue of the canvas, so far from its left edge, half-way down."""
    script = """share => {
      const canvas = document.getElementById("canvas");
      const [x, y] = [Math.floor(share * canvas.width), Math.floor(canvas.height / 2)];
      const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      pixel.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
      return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }"""
    return page.evaluate(script, share)


def near(found: list[int], expected: object) -> bool:
    return np.abs(np.array(found) - np.asarray(expected)).max() <= 3


def mixed(label: int, opacity: float) -> np.ndarray:
    return (1 - opacity) * GREY + opacity * LABELS.palette[label]


def until(condition) -> None:
    """Wait for what the page does at its next drawing."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + 30
        time.sleep(0.02)


@needs_browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_upload_goes_through_to_an_overlay_whose_classes_opacity_and_colours_can_be_changed(port, tmp_path, size):
    (tmp_path / "me.png").write_bytes(picture())
    url = f"http://127.0.0.1:{port}/"
    with opened(url, size) as (page, faults, fetched):
        page.set_input_files("#file", tmp_path / "me.png")
        page.locator("#status", has_text=" 40. One face.").wait_for()
        assert near(colour_at(page, 0.2), mixed(NOSE, 0.55)) and near(colour_at(page, 0.8), mixed(HAIR, 0.55))
        asked = len(fetched)
        page.get_by_label("Nose", exact=True).uncheck()
        until(lambda: near(colour_at(page, 0.2), [GREY] * 3))
        assert near(colour_at(page, 0.8), mixed(HAIR, 0.55))
        page.get_by_label("Opacity").fill("100")
        until(lambda: near(colour_at(page, 0.8), mixed(HAIR, 1)))
        page.get_by_label("Colour of hair").fill("#ff0000")
        until(lambda: near(colour_at(page, 0.8), [255, 0, 0]))
        page.get_by_role("button", name="None").click()
        until(lambda: near(colour_at(page, 0.8), [GREY] * 3))
        page.get_by_role("button", name="All", exact=True).click()
        until(lambda: near(colour_at(page, 0.2), mixed(NOSE, 1)))
        assert len([address for address in fetched[asked:] if not address.startswith("data:")]) == 0
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        for button, name in (("Label map (PNG)", "me.png"), ("Overlay (PNG)", "me_overlay.png")):
            with page.expect_download() as download:
                page.get_by_role("button", name=button).click()
            assert download.value.suggested_filename == name
            download.value.save_as(tmp_path / f"downloaded_{name}")
    assert faults == []
    assert {address for address in fetched if not address.startswith(("data:", "blob:"))} == {
        *(f"{url}{name}" for name in ("", "page.css", "page.js", "settings", "parse?name=me.png"))
    }
    assert (read_label_map(tmp_path / "downloaded_me.png")[:, :30] == NOSE).all()
    overlay = cv2.imread(str(tmp_path / "downloaded_me_overlay.png"))
    assert overlay.shape == (40, 60, 3) and near(overlay[20, 50, ::-1], [255, 0, 0])


@needs_browser
def test_what_is_no_picture_is_told_on_the_page_and_the_next_upload_clears_that(port, tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "me.png").write_bytes(picture())
    with opened(f"http://127.0.0.1:{port}/", DESK) as (page, _, _):
        page.set_input_files("#file", tmp_path / "notes.txt")
        told = page.get_by_role("alert")
        told.wait_for()
        assert told.inner_text() == "notes.txt: neither an image nor a video that FFmpeg reads"
        page.set_input_files("#file", tmp_path / "me.png")
        page.locator("#status", has_text="One face.").wait_for()
        assert not told.is_visible()


@needs_browser
def test_what_is_chosen_before_the_page_knows_its_classes_waits_for_them(port, tmp_path):
    (tmp_path / "me.png").write_bytes(picture())
    with opened(f"http://127.0.0.1:{port}/", DESK) as (page, faults, _):
        asked: list[Route] = []
        page.route("**/settings", lambda route: asked.append(route))
        with page.expect_request("**/settings"):
            page.reload()
        page.set_input_files("#file", tmp_path / "me.png")
        page.get_by_role("button", name="Cancel").wait_for()
        asked[0].continue_()
        page.locator("#status", has_text="One face.").wait_for()
        page.get_by_label("Opacity").fill("100")
        until(lambda: near(colour_at(page, 0.2), LABELS.palette[NOSE]))
        assert faults == []


@needs_browser
def test_a_video_is_played_with_its_overlay_and_downloaded_as_it_is_shown(port, tmp_path):
    video(tmp_path, [(GREY, GREY, GREY)] * 6)
    with opened(f"http://127.0.0.1:{port}/", DESK) as (page, faults, _):
        page.set_input_files("#file", tmp_path / "a.mp4")
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Play", exact=True).wait_for()
        page.get_by_label("Frame", exact=True).fill("4")
        page.locator("#place", has_text="5 / 6").wait_for()
        page.get_by_label("Opacity").fill("100")
        page.get_by_label("Nose", exact=True).uncheck()
        with page.expect_download() as download:
            page.get_by_role("button", name="Overlay (video)").click()
        assert download.value.suggested_filename == "a_overlay.webm"
        download.value.save_as(tmp_path / "a_overlay.webm")
        assert faults == []
    media, _ = open_media(tmp_path / "a_overlay.webm")
    assert (len(media), media.size, media.rate) == (6, (64, 48), 10)
    frame = list(media.frames())[3]
    assert np.abs(frame[10:40, 5:25].astype(int) - GREY).max() < 12
    assert np.abs(frame[10:40, 40:60, ::-1].astype(int) - LABELS.palette[HAIR]).max() < 20


@needs_browser
def test_the_cameras_frames_are_parsed_until_it_is_stopped(port):
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with opened(f"http://127.0.0.1:{port}/", DESK, *camera) as (page, faults, _):
        page.get_by_role("button", name="Use the camera").click()
        page.locator("#rate", has_text="frames a second").wait_for()
        page.get_by_label("Opacity").fill("100")
        until(lambda: near(colour_at(page, 0.2), LABELS.palette[NOSE]))
        page.get_by_role("button", name="Stop the camera").click()
        page.locator("#status", has_text="Stopped.").wait_for()
        assert page.get_by_role("button", name="Use the camera").is_visible() and faults == []
