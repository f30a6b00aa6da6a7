"""The notebook: stored without outputs, valid parameters, and cells that run from a clone to a comparison."""

import ast
import base64
import json
import re
import shutil

import cv2
import nbformat
import numpy as np
import pytest
import yaml
from nbclient import NotebookClient
from nbformat import NotebookNode

from face_parsing.core.parameters import read
from face_parsing.parameters import Tree
from tests.repositories import ROOT, SMALLEST, commit, environment, metrics, new_repository, set_parameters
from tools.prose import problems

FILE = ROOT / "notebooks/first_experiment.ipynb"


@pytest.fixture
def notebook() -> NotebookNode:
    return nbformat.read(FILE, as_version=4)


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    (cell,) = (cell for cell in notebook.cells if cell.id == name)
    return cell


def prose_of(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_it_is_valid_and_stored_without_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}  # nothing of the machine that edited it


def test_its_prose_is_that_of_the_docs_and_its_links_exist(notebook):
    text = "\n\n".join(prose_of(notebook))
    assert [message for _, message in problems(text)] == []
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links and [link for link in links if not (FILE.parent / link).is_file()] == []


def test_its_changes_are_valid_parameters(notebook, tmp_path):
    (changes,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(cell_of(notebook, "changes").source).body
        if isinstance(node, ast.Assign)
    )
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    pairs = [change.partition("=")[::2] for change in changes]
    set_parameters(tmp_path, {key: yaml.safe_load(value) for key, value in pairs})
    assert read("", Tree, tmp_path / "params.yaml").chosen.clips.count.train < 100


def text_of(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


@pytest.mark.slow
def test_its_cells_run_from_a_clone_to_a_comparison_of_two_experiments(notebook, reproduced, tmp_path):
    clone = new_repository(tmp_path / "clone", {})
    for name in ("dvc.lock", "params.yaml"):
        shutil.copyfile(ROOT / name, clone / name)
    commit(clone, "All files as they are in the repository")
    # With the changes of `reproduced`, DVC restores the trainings from its cache in place of repeating them.
    shutil.copytree(reproduced / ".dvc/cache", clone / ".dvc/cache")
    changes = [f"{key}={value}".replace("'", "") for key, value in SMALLEST.items()]
    cell_of(notebook, "changes").source = f"CHANGES = {changes}"
    notebook.cells.append(nbformat.v4.new_code_cell("print(table.to_json(orient='index'))"))

    folder = {"metadata": {"path": str(clone / "notebooks")}}
    variables = environment()
    variables.pop("PYTEST_CURRENT_TEST")  # with which the kernel leaves out what its subprocesses print
    NotebookClient(notebook, timeout=600, resources=folder).execute(env=variables)

    table = json.loads(text_of(notebook.cells[-1]))
    assert list(table) == ["vote", "cat"]
    assert all(row["seg.fusion"] == name and 0 < row["JF"] <= 1 for name, row in table.items())
    assert table["vote"]["JF"] == metrics(reproduced)["metrics.json"]["JF"]
    assert table["cat"]["JF"] == metrics(clone)["metrics.json"]["JF"]
    ran = set(re.findall(r"Running stage '(\S+)'", text_of(cell_of(notebook, "cat"))))
    assert {"check", "refine"} <= ran <= {"check", "refine", "score", "score_video", "report"}
    assert pictures_of(notebook) == {"overlay", "pictures-compared", "chart"}


def pictures_of(notebook: NotebookNode) -> set[str]:
    """The cells that drew a picture which is not of one colour."""
    drawn = set()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            stored = output.get("data", {}).get("image/png")
            if stored:
                picture = cv2.imdecode(np.frombuffer(base64.b64decode(stored), np.uint8), cv2.IMREAD_COLOR)
                if picture.std() > 1:
                    drawn.add(cell.id)
    return drawn
