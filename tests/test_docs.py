"""The docs agree with the code: commands parse, keys and modules exist, README's table is the recorded run's."""

import argparse
import doctest
import importlib
import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from face_parsing.commands.command_line import parser
from tests.docs_pages import PAGES, ROOT, commands_of, name_of
from tests.test_dvc_yaml import DVC_YAML, file_of, modules_below

PARAMETERS = yaml.safe_load((ROOT / "params.yaml").read_text())
ROWS = {  # of README's table, and the metrics that each shows
    "OCRNet": "metrics/ocrnet.json",
    "EANet-Add": "metrics/eanet_add.json",
    "EANet-Cat": "metrics/eanet_cat.json",
    "Ensemble": "metrics/ensemble.json",
    "**Ensemble + GrabCut**": "metrics.json",
}
REFERENCE = re.compile(r":(?:func|class|mod|meth):`([^`]+)`")


def words(page: Path) -> Iterator[list[str]]:
    """The words of each command in a page's code blocks, without settings of the environment."""
    for line in "\n".join(commands_of(page)).splitlines():
        found = shlex.split(line)
        while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
            found = found[1:]
        if found and found[-1] == "&":
            found = found[:-1]
        if found:
            yield found


COMMANDS = [(name_of(page), found) for page in PAGES for found in words(page)]


def of(*programs: str) -> list:
    calls = [(page, found) for page, found in COMMANDS if tuple(found[: len(programs)]) == programs]
    assert calls, programs
    return [pytest.param(found[len(programs) :], id=f"{page}: {' '.join(found)}") for page, found in calls]


def exists(key: str) -> bool:
    """Whether params.yaml has a key, or a section of it is the user's own."""
    tree = PARAMETERS
    for name in key.split("."):
        if not isinstance(tree, dict) or name not in tree:
            return False
        tree = tree[name]
    return True


@pytest.mark.parametrize("arguments", of("face-parsing"))
def test_a_command_of_face_parsing_parses(arguments):
    parsed = parser().parse_args(["--help"] if arguments == ["COMMAND", "--debug"] else arguments)
    assert isinstance(parsed, argparse.Namespace)


@pytest.mark.parametrize("arguments", of("make"))
def test_a_target_of_make_exists(arguments):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M)
    assert set(arguments) <= set(targets)


@pytest.mark.parametrize("arguments", of("python", "-m"))
def test_a_module_that_is_run_exists(arguments):
    assert arguments[0] == "pytest" or file_of(arguments[0]) is not None


@pytest.mark.parametrize("arguments", of("dvc"))
def test_parameters_and_stages_that_dvc_is_given_exist(arguments):
    settings = [value for flag, value in pairwise(arguments) if flag in ("-S", "--set-param")]
    assert [key for key in (value.partition("=")[0] for value in settings) if not exists(key)] == []
    if arguments[0] == "repro":
        stages = [word.partition("@")[0] for word in arguments[1:] if not word.startswith("-")]
        assert set(stages) <= set(DVC_YAML["stages"])


def test_readmes_table_has_the_metrics_of_the_recorded_run():
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGES[0].read_text().splitlines()
        if "|" in line
    ]
    header = next(cells for cells in lines if cells[:2] == ["model", "published"])
    rows = {cells[0]: dict(zip(header, cells, strict=False)) for cells in lines if cells[0] in ROWS}
    assert rows.keys() == ROWS.keys()
    for name, file in ROWS.items():
        recorded = json.loads((ROOT / file).read_text())
        shown = {key: rows[name][key] for key in recorded if key in header}
        assert {"JF", "J_mean", "F_mean"} <= shown.keys()
        assert shown == {key: f"{recorded[key]:.3f}" for key in shown}


def references() -> Iterator[tuple[Path, str]]:
    for folder in ("face_parsing", "stages", "tools"):
        for file in modules_below(folder):
            yield from ((file.relative_to(ROOT), name) for name in REFERENCE.findall(file.read_text(encoding="utf-8")))


def resolves(file: Path, reference: str) -> bool:
    """Whether a name of a docstring is one of its module, of a class in it, or a whole dotted name of this package."""
    parts = reference.removesuffix("()").split(".")
    if parts[0] in ("face_parsing", "stages"):
        for end in range(len(parts), 0, -1):
            if file_of(".".join(parts[:end])):
                found = importlib.import_module(".".join(parts[:end]))
                return all((found := getattr(found, name, None)) is not None for name in parts[end:])
        return False
    module = importlib.import_module(".".join(file.with_suffix("").parts))
    owners = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    for owner in owners:
        found = owner
        if all((found := getattr(found, name, None)) is not None for name in parts):
            return True
    return False


@pytest.mark.parametrize("file", sorted({file for file, _ in references()}), ids=str)
def test_what_docstrings_refer_to_exists(file):
    assert [name for where, name in references() if where == file and not resolves(file, name)] == []


EXAMPLES = sorted(file for file in modules_below("face_parsing") if ">>>" in file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_examples_in_docstrings_give_what_they_show(file):
    module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    results = doctest.testmod(module)
    assert results.attempted and not results.failed


def public_objects() -> Iterator[tuple[str, object]]:
    """What docs/reference/python.md shows: the classes, and their public members or those that the page names."""
    page = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    for name, options in re.findall(r"^::: (\S+)\n((?: .*\n)*)", f"{page}\n", flags=re.M):
        module, _, attribute = name.rpartition(".")
        shown = getattr(importlib.import_module(module), attribute)
        yield name, shown
        public = [member for member in vars(shown) if not member.startswith("_")] if isinstance(shown, type) else []
        for member in (yaml.safe_load(options) or {}).get("options", {}).get("members", public):
            value = vars(shown)[member]
            if callable(value) or isinstance(value, property):
                yield f"{name}.{member}", value


PUBLIC = dict(public_objects())


def test_the_page_of_the_python_api_shows_the_parser_and_its_results():
    assert {"FaceParser.__call__", "FaceParser.video", "Result.mask", "Result.save"} <= {
        ".".join(name.split(".")[-2:]) for name in PUBLIC
    }


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_object_has_an_example_in_its_docstring(name):
    assert ">>> " in (PUBLIC[name].__doc__ or "")
