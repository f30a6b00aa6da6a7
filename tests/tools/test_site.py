"""The documentation as a site: no broken link, and every page in its navigation."""

import re
import subprocess
import sys

import yaml

from tests.repositories import ROOT


def test_the_site_builds_without_a_warning_and_has_every_page(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    start = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "Parse a photograph" in start and 'src="parsed.jpg"' in start
    for page in (ROOT / "docs/results").glob("*.md"):
        assert f'href="results/{page.stem}/"' in start
    assert "Args" not in (tmp_path / "site/reference/python/index.html").read_text(encoding="utf-8").split("<body")[0]


def test_every_page_that_tools_results_does_not_write_is_in_the_navigation():
    text = re.sub(r"!!python/name:\S+", "", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    navigation = str(yaml.safe_load(text)["nav"])
    pages = [page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")]
    assert all(page.as_posix() in navigation for page in pages if page.parts[0] != "results")
