"""What the tests of several stages share."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from joblib.externals.loky import get_reusable_executor

from tests.repositories import SMALLEST, commit, new_repository, succeed

# How long an example takes tells of the machine's load, not of the code.
settings.register_profile("pipeline", deadline=None)
settings.load_profile("pipeline")

LABELS = (Path(__file__).parent.parent / "configs" / "labels.yaml").resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of a repository in which DVC ran, and start with the longest."""
    for item in items:
        if "reproduced" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.dvc)
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


@pytest.fixture
def empty_project(tmp_path, monkeypatch) -> Path:
    """The folder that stages run in, which holds data/labels.yaml (the default table) and nothing else."""
    monkeypatch.chdir(tmp_path)
    # joblib keeps its workers, which would stay in the last test's folder.
    get_reusable_executor().shutdown()
    (tmp_path / "data").mkdir()
    shutil.copyfile(LABELS, tmp_path / "data" / "labels.yaml")
    return tmp_path


def made_once(tmp_path_factory, name: str, make: Callable[[Path], Path]) -> Path:
    """A folder that all of xdist's workers share. ``make`` gets an empty folder and returns what is to be shared."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / name
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            make(tmp_path_factory.mktemp(f"making_{name}")).rename(shared)
    return shared


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory) -> Path:
    """A repository in which `dvc repro` has run with the smallest data; one for all of xdist's workers."""

    def make(folder: Path) -> Path:
        project = new_repository(folder / "project", SMALLEST)
        succeed(project, "dvc", "repro")
        commit(project, "Reproduce")
        return project

    return made_once(tmp_path_factory, "reproduced", make)


@pytest.fixture(scope="session")
def exported(reproduced, tmp_path_factory) -> Path:
    """The reproduced repository with its networks exported; one for all of xdist's workers."""
    pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")

    def make(folder: Path) -> Path:
        project = Path(shutil.copytree(reproduced, folder / "project", symlinks=True))
        succeed(project, "face-parsing", "export", "--project", ".")
        return project

    return made_once(tmp_path_factory, "exported", make)


@pytest.fixture
def project(reproduced, tmp_path) -> Path:
    """A copy of the reproduced repository, for one test to change."""
    return Path(shutil.copytree(reproduced, tmp_path / "project", symlinks=True))
