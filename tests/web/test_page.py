"""The static page in a browser without a window: the same label maps as Python, and no request to another host."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from face_parsing.core.labels import read_labels
from face_parsing.runtime.face_parser import FaceParser
from tests.browser import DESK, PHONE, needs_browser, opened
from tests.face_parsing.commands.portraits import portrait
from tests.repositories import ROOT

NPM = shutil.which("npm")
pytestmark = [
    pytest.mark.integration,
    needs_browser,
    pytest.mark.skipif(NPM is None, reason="no npm on PATH (Debian: apt-get install npm)"),
]
WEB = ROOT / "web"
AGREEMENT = 0.999  # least share of the pixels
LOADED = 120_000  # milliseconds
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class Silent(SimpleHTTPRequestHandler):
    """A static host."""

    def log_message(self, *_arguments) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """The address of the built page."""
    folder = tmp_path_factory.mktemp("site")
    for command in (
        ["npm", "ci", "--no-audit", "--no-fund"],
        ["npm", "run", "build", "--", "../weights/exported", str(folder)],
    ):
        subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def face_parser() -> FaceParser:
    return FaceParser(runtime="onnx")


def ready(page: Page) -> None:
    expect(page.locator("#status")).to_have_text("Ready", timeout=LOADED)


def parsed(page: Page, path: Path) -> np.ndarray:
    """The page's label map of a picture."""
    page.set_input_files("#file", path)
    expect(page.locator("#status")).to_contain_text("ound", timeout=LOADED)
    ids, width, height = page.evaluate("[Array.from(shown.ids), shown.picture.width, shown.picture.height]")
    return np.array(ids, np.uint8).reshape(height, width)


def pictures() -> dict[str, np.ndarray]:
    """One face, an odd size, two faces, nobody, and a face so small that the box is uncertain."""
    one, other = portrait(0)[0], portrait(1)[0]
    return {
        "one": one,
        "odd": cv2.resize(one, (333, 251)),
        "two": np.hstack([one, other]),
        "nobody": np.full((120, 160, 3), (60, 120, 90), np.uint8),
        "small": cv2.copyMakeBorder(cv2.resize(one, (80, 80)), 100, 60, 20, 200, cv2.BORDER_REPLICATE),
    }


def test_label_maps_are_pythons_and_nothing_is_fetched_from_elsewhere(site, face_parser, tmp_path):
    with opened(site, DESK) as (page, faults, fetched):
        ready(page)
        for name, picture in pictures().items():
            path = tmp_path / f"{name}.png"
            cv2.imwrite(str(path), picture)
            found, expected = parsed(page, path), face_parser(path)
            assert found.shape == expected.label_map.shape
            assert (found == expected.label_map).mean() >= AGREEMENT, name
            faces = page.evaluate("shown.faces")
            assert [face["source"] for face in faces] == [face.source for face in expected.faces]
            np.testing.assert_allclose([face["box"] for face in faces], [face.box for face in expected.faces], atol=0.1)
        assert faults == []
        assert all(url.startswith((site, "blob:", "data:")) for url in fetched)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_upload_ends_in_an_overlay_that_fits_the_window(site, tmp_path, size):
    cv2.imwrite(str(tmp_path / "face.png"), portrait(0)[0])
    with opened(site, size) as (page, _, _):
        ready(page)
        parsed(page, tmp_path / "face.png")
        assert page.locator("#canvas").is_visible() and not page.locator("#invitation").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        drawn = "canvas.toDataURL()"
        everything = page.evaluate(drawn)
        page.locator("#classes input").first.uncheck()
        assert page.evaluate(drawn) != everything
        page.locator("#opacity").fill("0")
        assert page.evaluate(drawn) == page.evaluate("shown.picture.toDataURL()")


def test_the_label_map_is_saved_in_the_classes_colours(site, tmp_path):
    labels = read_labels(ROOT / "configs/labels.yaml")
    cv2.imwrite(str(tmp_path / "face.png"), portrait(0)[0])
    with opened(site, DESK) as (page, _, _):
        ready(page)
        ids = parsed(page, tmp_path / "face.png")
        with page.expect_download() as download:
            page.click("#save-labels")
        download.value.save_as(tmp_path / "labels.png")
        assert download.value.suggested_filename == "face_labels.png"
    saved = cv2.imread(str(tmp_path / "labels.png"))[..., ::-1]
    np.testing.assert_array_equal(saved, labels.palette[ids])


def test_what_is_no_picture_is_one_line_and_the_next_one_is_parsed(site, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no more")
    cv2.imwrite(str(tmp_path / "face.png"), portrait(0)[0])
    with opened(site, DESK) as (page, _, _):
        ready(page)
        page.set_input_files("#file", tmp_path / "broken.png")
        expect(page.locator("#fault")).to_have_text("broken.png: your browser can't read it")
        assert parsed(page, tmp_path / "face.png").any()
        assert not page.locator("#fault").is_visible()


def test_the_cameras_frames_are_parsed_one_after_another_until_it_is_stopped(site):
    with opened(site, DESK, *FAKE_CAMERA) as (page, _, _):
        ready(page)
        page.click("#camera")
        expect(page.locator("#status")).to_contain_text("frames a second", timeout=LOADED)
        assert page.evaluate("[shown.picture.width, shown.picture.height]") == [320, 240]
        page.click("#camera")
        expect(page.locator("#camera")).to_have_text("Use the camera")
        assert page.evaluate("stream") is None
