"""The report in a browser without a window: nothing is fetched, nothing fails, and the controls do what they say."""

import base64
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page

from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.report.page import Strip, WorstFrame, jpeg_uri, layer_uri, render_page
from tests.browser import DESK, PHONE, needs_browser, opened

pytestmark = pytest.mark.integration

LABELS = read_labels(Path(__file__).parents[3] / "configs" / "labels.yaml")
MODELS = ["ocrnet", "eanet_add", "eanet_cat", "ensemble", "result"]


def tables(clips: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Of clips whose J rises from 0.5, and whose flicker falls."""
    classes = [
        {"model": m, "class": c, "J": 0.1 * i, "F": 0.2 * i} for i, m in enumerate(MODELS) for c in ("skin", "nose")
    ]
    sizes = [{"model": m, "height": "0% to 15%", "J": 0.5, "F": 0.5, "frames": 3} for m in MODELS]
    pairs = [{"model": m, "pair": "left_eye / right_eye", "pixels": 3, "share": 0.1, "frames": 1} for m in MODELS]
    time = [{"clip": clip, "time": t, "J": 0.5 + i / 1000} for i, clip in enumerate(clips) for t in range(3)]
    flicker = [{"model": m, "class": c, "flicker": 0.1} for m in MODELS for c in ("skin", "nose")]
    motion = [
        {"model": m, "motion": "under 1%", "where": w, "flicker": 0.1}
        for m in MODELS
        for w in ("inside", "near a boundary")
    ]
    changes = [
        {"clip": clip, "time": t, "flicker": 0.5 - i / 1000, "estimated": 0.2}
        for i, clip in enumerate(clips)
        for t in (1, 2)
    ]
    rows = {"classes": classes, "sizes": sizes, "confusions": pairs, "time": time}
    rows |= {"flicker_classes": flicker, "flicker_motion": motion, "flicker_time": changes}
    return {name: pd.DataFrame(each) for name, each in rows.items()}


def worst_frames(folder: Path) -> list[WorstFrame]:
    write_jpeg(folder / "image.jpg", np.full((20, 16, 3), 90, np.uint8))
    write_label_map(folder / "labels.png", np.ones((20, 16), np.uint8), LABELS)
    image, layer = jpeg_uri(folder / "image.jpg"), layer_uri(folder / "labels.png")
    scores = {"a": (0.1, 0.9), "b<i>": (0.2, 0.1)}
    return [
        WorstFrame(clip, "00000", 0.3, j, f, image, image, dict.fromkeys(["truth", *MODELS], layer))
        for clip, (j, f) in scores.items()
    ]


def strips(folder: Path) -> list[Strip]:
    write_jpeg(folder / "strip.jpg", np.full((16, 48, 3), 90, np.uint8))
    write_label_map(folder / "strip.png", np.ones((16, 48), np.uint8), LABELS)
    picture, layer = jpeg_uri(folder / "strip.jpg"), layer_uri(folder / "strip.png")
    return [Strip(clip, 4, 3, 0.25, picture, dict.fromkeys(["truth", *MODELS], layer)) for clip in ("a", "b<i>")]


def page_of(folder: Path, clips: Sequence[str] = ("a", "b<i>"), **of_result: float | None) -> str:
    baseline = dict.fromkeys(of_result, 0.5) | {"JF": 0.5, "J_decay": None}
    metrics = {model: dict(baseline) for model in MODELS}
    metrics["result"] |= of_result
    detector = {"recall_50": 1.0, "AP": None, "detected": 20, "interpolated": 0}
    video = {model: {"flicker": 0.2, "mean_F1": 0.5} for model in MODELS}
    video["result"] = {"flicker": 0.1, "mean_F1": 0.4}
    return render_page(metrics, detector, tables(clips), worst_frames(folder), video, strips(folder), LABELS)


def cells(page: str, table: str) -> dict[str, list[str]]:
    """The rows of a table by their first cells, without their tags but with a change's class."""
    body = page[page.index(f'<table id="{table}">') :].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL):
        first, *others = re.findall(r"<td>(.*?)</td>", row, flags=re.DOTALL)
        rows[first.strip()] = [
            " ".join(re.sub(r'<span class="change(.*?)">|</span>', r" \1 ", cell).split()) for cell in others
        ]
    return rows


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(page_of(path.parent), encoding="utf-8")
    return path


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request, report) -> Iterator[Page]:
    """The open report; in the end, the browser must have had nothing to fetch and nothing to complain of."""
    with opened(report.as_uri(), request.param) as (page, faults, fetched):
        yield page
    assert faults == []
    assert [url for url in fetched if not url.startswith("data:")] == [report.as_uri()]


@needs_browser
def test_the_report_fits_the_screen_and_draws_its_plots(page):
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    for name in ("classes-j", "classes-f", "sizes", "confusions"):
        assert page.locator(f"#{name} .bars .point").count() > 0
    assert page.locator("#time .scatterlayer .trace").count() == 3
    for name in ("classes-j", "classes-f", "sizes", "confusions", "time"):
        plot, room = page.locator(f"#{name}"), page.locator(f"#{name}").locator("xpath=..")
        drawn, free = plot.locator(".main-svg").first.bounding_box(), room.bounding_box()
        assert free["x"] <= drawn["x"] and drawn["x"] + drawn["width"] <= free["x"] + free["width"] + 0.5


@needs_browser
def test_a_clip_can_be_chosen_of_those_over_time(page):
    page.select_option("#clip", "b<i>")
    assert page.locator("#time .scatterlayer .trace").count() == 2
    page.select_option("#clip", "")
    assert page.locator("#time .scatterlayer .trace").count() == 3


def layers_on(page: Page, card: int) -> list[str]:
    return (
        page.locator("#cards .card")
        .nth(card)
        .locator("img.on")
        .evaluate_all("all => all.map(i => i.dataset.layer || 'cut')")
    )


@needs_browser
def test_a_frames_pictures_can_be_flipped_alone_and_together(page):
    assert layers_on(page, 0) == layers_on(page, 1) == ["cut", "result"]
    page.locator("#cards .card").nth(0).get_by_role("button", name="Truth").click()
    assert (layers_on(page, 0), layers_on(page, 1)) == (["cut", "truth"], ["cut", "result"])
    page.locator("#cards .card").nth(0).locator(".stack").click()
    assert layers_on(page, 0) == ["cut", "ocrnet"]
    page.locator("#all").get_by_role("button", name="Whole").click()
    assert layers_on(page, 0) == layers_on(page, 1) == ["whole"]
    page.locator("#all").get_by_role("button", name="Frame").click()
    assert layers_on(page, 0) == ["cut"]
    assert page.locator("#all button[aria-pressed=true]").all_inner_texts() == ["Frame"]


@needs_browser
def test_the_frames_can_be_sorted_and_chosen_by_clip(page):
    names = page.locator("#cards .card b")
    assert names.all_inner_texts() == ["a", "b<i>"]
    page.select_option("#sort", "f")
    assert names.all_inner_texts() == ["b<i>", "a"]
    page.select_option("#only", "a")
    assert [card.is_visible() for card in page.locator("#cards .card").all()] == [False, True]


def positions(page: Page) -> list[tuple[str, str, str]]:
    """Of each player its slider, the frame that it tells, and where its strip stands."""
    return page.locator(".player").evaluate_all(
        "all => all.map(p => [p.querySelector('input').value, p.querySelector('output').textContent, "
        "p.querySelector('.strip').style.getPropertyValue('--at')])"
    )


@needs_browser
def test_clips_play_stop_and_go_to_any_frame(page):
    first = positions(page)
    page.wait_for_function("document.querySelector('.player input').value !== '0'")
    assert all(int(told) == 4 + int(at) for at, told, _ in positions(page)) and len(first) == 2
    page.click("#play")
    still = positions(page)
    page.wait_for_timeout(600)
    assert positions(page) == still
    player = page.locator(".player").nth(0)
    player.locator("input").fill("2")
    assert positions(page)[0] == ["2", "6", "2"]
    strip, picture = player.locator(".strip"), player.locator(".strip img").first
    width = strip.bounding_box()["width"]
    assert picture.bounding_box()["width"] == pytest.approx(3 * width, abs=1)
    assert strip.bounding_box()["x"] - picture.bounding_box()["x"] == pytest.approx(2 * width, abs=1)
    page.click("#play")
    page.wait_for_function("before => document.querySelectorAll('.player input')[1].value !== before", arg=still[1][0])
    assert positions(page)[0] == ["2", "6", "2"]  # the one that was stopped stays
    player.locator(".strip").click()
    page.wait_for_function("document.querySelector('.player input').value !== '2'")


@needs_browser
def test_the_players_show_one_of_the_label_maps_or_none(page):
    page.locator("#watch").get_by_role("button", name="Truth").click()
    shown = "all => all.map(p => [...p.querySelectorAll('img.layer.on')].map(i => i.dataset.layer))"
    assert page.locator(".player").evaluate_all(shown) == [["truth"], ["truth"]]
    page.locator("#watch").get_by_role("button", name="Frame").click()
    assert page.locator(".player").evaluate_all(shown) == [[], []]


def test_less_flicker_is_better(tmp_path):
    rows = cells(page_of(tmp_path), "video")
    assert rows["Result"] == ["0.100 better -0.100", "0.400 worse -0.100"]


def test_scores_are_shown_with_their_difference_to_the_baseline_and_whether_it_is_better(tmp_path):
    page = page_of(tmp_path, JF=0.52, J_mean=0.48, F_mean=0.5, F_recall=0.5 + 1e-9, F_decay=0.52, J_decay=0.1)
    rows = cells(page, "metrics")
    names = ["JF", "J_mean", "F_mean", "F_recall", "F_decay", "J_decay"]
    assert sorted(zip(names, rows["Result"], strict=True)) == sorted(
        zip(
            names,
            ["0.520 better +0.020", "0.480 worse -0.020", "0.500 ±0", "0.500 ±0", "0.520 worse +0.020", "0.100"],
            strict=True,
        )
    )
    assert set(rows["EANet-Cat"]) == {"0.500 ±0", "\N{EN DASH}"}


def test_the_baseline_stands_alone(tmp_path):
    assert set(cells(page_of(tmp_path), "metrics")["OCRNet"]) == {"0.500", "\N{EN DASH}"}


def test_the_detectors_numbers_are_shown_as_shares_and_counts(tmp_path):
    assert cells(page_of(tmp_path), "detector") == {"1.000": ["\N{EN DASH}", "20", "0"]}


def test_of_many_clips_the_worst_have_lines_and_the_page_does_not_grow(tmp_path):
    pages = [page_of(tmp_path, [f"{i:05d}" for i in range(count)]) for count in (60, 600)]
    for page, count in zip(pages, (60, 600), strict=True):
        select = page.partition('<select id="clip">')[2].partition("</select>")[0]
        assert re.findall(r"<option>(\d+)</option>", select) == [f"{i:05d}" for i in range(50)]
        assert f"for the 50 of {count} clips with the lowest J" in page
    assert abs(len(pages[1]) - len(pages[0])) < 100


def test_the_same_report_is_the_same_bytes(tmp_path):
    assert page_of(tmp_path) == page_of(tmp_path)


def test_a_layers_background_is_transparent_and_its_classes_stay(tmp_path):
    label_map = np.array([[0, 1], [255, 17]], np.uint8)
    write_label_map(tmp_path / "labels.png", label_map, LABELS)
    content = base64.b64decode(layer_uri(tmp_path / "labels.png").partition(",")[2])
    alpha = np.array(Image.open(io.BytesIO(content)).convert("RGBA"))[..., 3]
    np.testing.assert_array_equal(alpha > 0, label_map > 0)
    (tmp_path / "again.png").write_bytes(content)
    np.testing.assert_array_equal(read_label_map(tmp_path / "again.png"), label_map)
