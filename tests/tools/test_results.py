"""Pages of results: written by commands, kept where a command fails, and compared with the code that they measure."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from tests.repositories import ROOT, commit, succeed
from tests.test_dvc_yaml import file_of
from tools import results
from tools.results import RESULTS, Result

TABLE = "printf '| a |\\n|---|\\n| 7 |\\n'"
OLD = "# Old\n\n| commit | abc1234 |\n"


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """The current folder: a git repository whose code is code.py and room/part.py."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("1\n")
    (tmp_path / "room").mkdir()
    (tmp_path / "room/part.py").write_text("1\n")
    succeed(tmp_path, "git", "init", "--quiet")
    commit(tmp_path, "Start")
    return tmp_path


def set_commands(monkeypatch, **commands: str) -> None:
    """Replace the results by some that measure the folder room."""
    monkeypatch.setattr(
        results,
        "RESULTS",
        {name: Result("Title", "What it is.", line, ("room",), 1) for name, line in commands.items()},
    )


def run(monkeypatch, capsys, *words: str) -> list[str]:
    """Run the tool, and return the lines that it printed to stdout."""
    monkeypatch.setattr(sys, "argv", ["results", *words])
    capsys.readouterr()
    results.main()
    return capsys.readouterr().out.splitlines()


def test_a_commands_table_becomes_a_page_that_says_how_it_was_measured(repository, monkeypatch, capsys):
    set_commands(monkeypatch, table=TABLE)
    assert re.fullmatch(r"docs/results/table\.md: \d+ s", *run(monkeypatch, capsys))
    head = succeed(repository, "git", "rev-parse", "--short", "HEAD").strip()
    page = Path("docs/results/table.md").read_text()
    start = "# Title\n\n<!-- Written by `python -m tools.results table`. -->\n\nWhat it is.\n\n| a |\n|---|\n| 7 |\n\n"
    assert page.startswith(f"{start}| measured | |\n|---|---|\n| command | `{TABLE}` |\n| commit | {head} |\n")
    rows = dict(line.strip("| ").split(" | ", 1) for line in page.splitlines()[-3:])
    assert list(rows) == ["date", "machine", "time"] and re.fullmatch(r"\d+ s", rows["time"])
    assert re.fullmatch(r".*, \d+ cores, Python [\d.]+, torch \S+", rows["machine"])
    assert platform.node() not in page and str(repository) not in page


def test_a_page_says_that_changes_were_not_committed_and_is_older_than_any_code(repository, monkeypatch, capsys):
    set_commands(monkeypatch, first=TABLE, second=TABLE)
    run(monkeypatch, capsys, "first")
    commit(repository, "A page")
    (repository / "docs/results/first.md").write_text(OLD)  # a page is no code
    run(monkeypatch, capsys, "second")
    assert results.state("second") == "up to date"
    (repository / "code.py").write_text("2\n")
    run(monkeypatch, capsys, "second")
    assert re.search(r"^\| commit \| \w+, with uncommitted changes \|$", results.page_of("second").read_text(), re.M)
    assert results.state("second").startswith("older than the code")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"{TABLE}; exit 3", "failed with exit status 3"),
        ("echo nothing", "printed no table"),
    ],
)
def test_a_command_that_fails_keeps_the_old_page_and_the_others_run(repository, monkeypatch, capsys, command, message):
    set_commands(monkeypatch, failing=command, table=TABLE)
    results.PAGES.mkdir(parents=True)
    results.page_of("failing").write_text(OLD)
    with pytest.raises(PipelineError) as error:
        run(monkeypatch, capsys)
    assert str(error.value) == f"failing: `{command}` {message}"
    assert results.page_of("failing").read_text() == OLD
    assert sorted(path.name for path in results.PAGES.iterdir()) == ["failing.md", "table.md"]


def test_the_exit_status_of_a_failure_is_1_with_one_line(repository):
    program = (
        "from tools import results; from face_parsing.core.errors import run\n"
        "results.RESULTS = {'failing': results.Result('', '', 'exit 2', (), 1)}; run(results.main)"
    )
    command = [sys.executable, "-c", program]
    paths = os.environ | {"PYTHONPATH": str(ROOT)}
    outcome = subprocess.run(command, env=paths, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1 and outcome.stdout == ""
    assert outcome.stderr.splitlines()[-1] == "error: failing: `exit 2` failed with exit status 2"


def test_check_tells_pages_that_are_older_than_their_code(repository, monkeypatch, capsys):
    set_commands(monkeypatch, table=TABLE)
    assert run(monkeypatch, capsys, "--check") == ["table        never run (about 1 min)"]
    run(monkeypatch, capsys)
    commit(repository, "A page")
    (repository / "code.py").write_text("2\n")
    commit(repository, "Other code")
    assert run(monkeypatch, capsys, "--check") == ["table        up to date (about 1 min)"]
    head = succeed(repository, "git", "rev-parse", "--short", "HEAD~2").strip()
    (repository / "room/part.py").write_text("2\n")
    older = f"older than the code: since {head}, room/part.py changed"
    assert results.state("table") == older
    (repository / "room/more.py").write_text("1\n")
    commit(repository, "The code that is measured")
    assert results.state("table") == f"older than the code: since {head}, room/more.py and 1 more changed"
    (repository / "room/part.py").write_text("1\n")
    (repository / "room/more.py").unlink()
    commit(repository, "As before")
    assert results.state("table") == "up to date"
    results.page_of("table").write_text(OLD)
    assert results.state("table") == "older than the code: commit abc1234 is not in this repository"
    results.page_of("table").write_text("# Title\n")
    with pytest.raises(PipelineError, match=r"table\.md: no commit"):
        results.state("table")


def test_an_unknown_name_and_missing_models_are_reported(repository, monkeypatch, capsys):
    with pytest.raises(PipelineError, match="speed: no such result; expected some of training, runtime"):
        run(monkeypatch, capsys, "speed")
    with pytest.raises(PipelineError, match="oracle: no trained models here; expected `dvc repro` first"):
        run(monkeypatch, capsys, "oracle")


@pytest.mark.parametrize("name", RESULTS)
def test_modules_and_measured_paths_exist(name):
    modules = re.findall(r"-m (\S+)", RESULTS[name].command)
    assert modules and all(file_of(module) for module in modules)
    assert [path for path in RESULTS[name].sources if not (ROOT / path).exists()] == []


def test_each_benchmark_has_a_page():
    commands = " ".join(result.command for result in RESULTS.values())
    benchmarks = [path.stem for path in (ROOT / "tests/benchmarks").glob("bench_*.py")]
    assert benchmarks and all(f"tests.benchmarks.{benchmark}" in commands for benchmark in benchmarks)


def test_each_page_has_a_result():
    pages = [path.stem for path in (ROOT / results.PAGES).glob("*.md")]
    assert set(pages) <= set(RESULTS)
