"""What the tests of several stages share."""

import os
import shutil
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


@pytest.fixture
def empty_project(tmp_path, monkeypatch) -> Path:
    """The folder that stages run in, which holds data/labels.yaml (the default table) and nothing else."""
    monkeypatch.chdir(tmp_path)
    # joblib keeps its workers, which would stay in the last test's folder.
    get_reusable_executor().shutdown()
    (tmp_path / "data").mkdir()
    shutil.copyfile(LABELS, tmp_path / "data" / "labels.yaml")
    return tmp_path


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory) -> Path:
    """A repository in which `dvc repro` has run with the smallest data; one for all of xdist's workers."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "reproduced"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            project = new_repository(tmp_path_factory.mktemp("repository"), SMALLEST)
            succeed(project, "dvc", "repro")
            commit(project, "Reproduce")
            project.rename(shared)
    return shared


@pytest.fixture
def project(reproduced, tmp_path) -> Path:
    """A copy of the reproduced repository, for one test to change."""
    return Path(shutil.copytree(reproduced, tmp_path / "project", symlinks=True))
