"""The browser without a window that the tests of pages drive."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium or Chrome on PATH (Debian: apt-get install chromium)"
)


@contextmanager
def opened(url: str, size: dict[str, int], *options: str) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a page; yields it, and two lists that fill: of what the browser complains, and of what it fetches."""
    faults: list[str] = []
    fetched: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *options], timeout=120_000)
        page = browser.new_page(viewport=size)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: fetched.append(asked.url))
        page.goto(url)
        yield page, faults, fetched
        browser.close()
