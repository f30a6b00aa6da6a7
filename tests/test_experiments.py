"""Experiments in the real DVC: nothing is trained twice, nor lost, in the workspace, beside it, or elsewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil
import pytest
import torch
import yaml

from tests.repositories import (
    SEGMENTERS,
    SMALLEST,
    TRAININGS,
    commit,
    environment,
    new_repository,
    out_of_date,
    set_parameters,
    succeed,
    trained,
)

pytestmark = pytest.mark.dvc

SCHEDULE = ("iterations", "validations")


def test_going_back_to_earlier_parameters_restores_the_trainings(project):
    before = (project / "dvc.lock").read_bytes()
    rate = yaml.safe_load((project / "params.yaml").read_text())["profiles"]["mini"]["segmenter"]["lr"]
    set_parameters(project, {"profiles.mini.segmenter.lr": 0.001})
    assert trained(succeed(project, "dvc", "repro")) == set(SEGMENTERS)
    set_parameters(project, {"profiles.mini.segmenter.lr": rate})
    assert trained(succeed(project, "dvc", "repro")) == set()
    assert (project / "dvc.lock").read_bytes() == before


def weights_of(model: Path) -> dict[str, torch.Tensor]:
    return torch.load(model, weights_only=True)["state_dict"]


def test_shipped_weights_are_a_start_of_whole_models_and_a_dependency_of_the_trainings_that_start_from_them(project):
    shipped = project / "weights/models"
    shutil.rmtree(shipped)  # those of the repository
    shutil.copytree(project / "models", shipped)
    succeed(project, "dvc", "repro", "check")
    assert out_of_date(project) == set()  # nothing starts from them
    start = {f"profiles.mini.{network}.pretrained": "bundled" for network in ("detector", "segmenter")}
    idle = {f"profiles.mini.{training}.{key}": 0 for training in ("backbone", "segmenter") for key in SCHEDULE}
    set_parameters(project, start | idle)
    log = succeed(project, "dvc", "repro", *TRAININGS)
    assert "weights/models/detector.pth: " in log
    ours, theirs = weights_of(project / "models/eanet_cat.pth"), weights_of(shipped / "eanet_cat.pth")
    assert ours.keys() == theirs.keys()
    # The crops are those of another detector's faces, and so are the class weights.
    assert {name for name in ours if not torch.equal(ours[name], theirs[name])} <= {"decode_head.1.log_class_weight"}

    (shipped / "detector.pth").write_bytes((shipped / "eanet_cat.pth").read_bytes())
    succeed(project, "dvc", "repro", "check")
    assert out_of_date(project) & set(TRAININGS) == {"train_detector"}


def test_a_second_clone_restores_the_first_ones_trainings_from_a_remote(project, tmp_path):
    succeed(project, "dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    succeed(project, "dvc", "push", "--run-cache")
    commit(project, "A remote")
    second = tmp_path / "second"
    succeed(tmp_path, "git", "clone", "--quiet", str(project), str(second))
    succeed(second, "dvc", "pull", "--run-cache")
    assert out_of_date(second) == set()
    # Trainings that no dvc.lock of the clone names come back too.
    (second / "dvc.lock").unlink()
    assert trained(succeed(second, "dvc", "repro")) == set()
    assert succeed(second, "git", "diff", "--", "dvc.lock", "metrics", "metrics.json") == ""


def test_a_fresh_clone_that_pulls_the_clips_runs_an_experiment_and_fetches_no_model(project, tmp_path):
    succeed(project, "dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    succeed(project, "dvc", "push")
    commit(project, "A remote")
    clone = tmp_path / "clone"
    succeed(tmp_path, "git", "clone", "--quiet", str(project), str(clone))
    succeed(clone, "dvc", "pull", "data/clips")
    log = succeed(clone, "dvc", "exp", "run", "--pull", "--allow-missing", "-S", "seg.fusion=cat")
    assert {"check", "refine"} <= set(re.findall(r"Running stage '(\S+)'", log))
    assert trained(log) == set() and not list(clone.glob("models/*.pth"))


def test_a_fresh_clone_without_any_outputs_runs_an_experiment_up_to_a_stage(project, tmp_path):
    succeed(tmp_path, "git", "clone", "--quiet", str(project), "clone")
    succeed(tmp_path / "clone", "dvc", "exp", "run", "--name", "wider", "-S", "boxes.min_area=13", "boxes")
    assert "wider" in succeed(tmp_path / "clone", "dvc", "exp", "show", "--csv")
    assert not (tmp_path / "clone/plots").exists()


def test_a_model_file_tells_what_it_was_trained_with(project):
    told = yaml.safe_load(succeed(project, "face-parsing", "provenance", "models/eanet_cat.pth"))
    origin = told["models/eanet_cat.pth"]
    parameters = yaml.safe_load((project / "params.yaml").read_text())
    assert origin["parameters"]["seg.train"] == parameters["seg"]["train"]
    assert origin["parameters"]["train"] == parameters["train"]
    assert origin["labels"][:2] == ["background", "skin"]
    assert {"torch", "mmcv", "mmseg"} <= origin["versions"].keys()
    assert all(re.fullmatch("[0-9a-f]{64}", origin[key]) for key in ("code", "files"))


def test_an_edit_of_a_trainings_code_is_told_and_one_of_other_code_is_not(project):
    def code() -> str:
        told = succeed(project, "face-parsing", "provenance", "models/ocrnet.pth")
        return yaml.safe_load(told)["models/ocrnet.pth"]["code"]

    before = code()
    for module, changes in {"metrics/region.py": False, "segmenter/edge.py": True}.items():
        path = project / "face_parsing" / module
        path.write_text(path.read_text() + "\n# An edit.\n")
        succeed(project, "dvc", "repro", "--force", "--single-item", "train_segmenter@ocrnet")
        assert (code() != before) == changes


def saved_since(project: Path, moment: float) -> bool:
    """Whether a training has saved a state to go on from."""
    return any(path.stat().st_mtime > moment for path in project.glob("unfinished/[!.]*.pth"))


def trains_in(process: psutil.Process, project: Path) -> bool:
    try:
        return process.cwd() == str(project) and "stages.train" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.slow
@pytest.mark.longest
def test_trainings_killed_at_ten_random_moments_end_in_the_bytes_of_those_that_never_were(tmp_path):
    trainings = ("detector", "backbone", "segmenter")
    lengths = {f"profiles.mini.{training}.iterations": 60 for training in trainings}
    machine = {"profiles.mini.machine.cpu_processes": 2, "profiles.mini.machine.workers": 2}
    parameters = SMALLEST | lengths | machine
    whole, killed = (new_repository(tmp_path / name, parameters) for name in ("whole", "killed"))
    goal = ["dvc", "repro", "train_segmenter@eanet_cat"]
    succeed(whole, *goal)
    random = Random(0)
    caught = 0
    for number in range(10):
        started = time.time()
        with subprocess.Popen(goal, cwd=killed, env=environment(), start_new_session=True) as run:
            if number % 2:  # in a training that has just saved its state
                while run.poll() is None and not saved_since(killed, started):
                    time.sleep(0.05)
                time.sleep(random.uniform(0, 2))
            else:  # anywhere
                time.sleep(random.uniform(0, 15))
            with suppress(ProcessLookupError):  # it may have come to its end
                os.killpg(run.pid, signal.SIGKILL)
        caught += saved_since(killed, 0)  # some kills fall between two trainings, where there is no state
    # A data worker looks every five seconds whether its training is still there.
    left = [each for each in psutil.process_iter() if trains_in(each, killed)]
    assert psutil.wait_procs(left, timeout=60)[1] == []
    assert caught  # or the kills missed the trainings
    succeed(killed, *goal)
    assert (killed / "dvc.lock").read_bytes() == (whole / "dvc.lock").read_bytes()
    assert list(killed.glob("unfinished/*")) == []


def experiments(project: Path) -> dict[str, dict]:
    """The experiments by name: what `dvc exp show` says of each."""
    shown = json.loads(succeed(project, "dvc", "exp", "show", "--json"))
    revisions = [each["revs"][-1] for row in shown for each in row["experiments"] or []]
    return {revision["name"]: revision["data"] for revision in revisions}


@pytest.mark.slow
def test_experiments_queue_run_side_by_side_and_are_shown_compared_and_applied(project):
    succeed(project, "dvc", "exp", "run", "--queue", "-S", "seg.fusion=none,cat")
    succeed(project, "dvc", "queue", "start", "-j", "2")
    deadline = time.monotonic() + 300
    while len(experiments(project)) < 2 or re.search("Running|Queued", succeed(project, "dvc", "queue", "status")):
        assert time.monotonic() < deadline, succeed(project, "dvc", "queue", "status")
        time.sleep(2)
    succeed(project, "dvc", "exp", "run", "--temp", "--name", "seeded", "-S", "seg.train.seed=1")
    succeed(project, "dvc", "exp", "run", "--name", "here", "-S", "seg.fusion=add")
    shown = experiments(project)
    fusions = {name: data["params"]["params.yaml"]["data"]["seg"]["fusion"] for name, data in shown.items()}
    assert sorted(fusions.values()) == ["add", "cat", "none", "vote"]
    assert all("JF" in data["metrics"]["metrics.json"]["data"] for data in shown.values())
    (cat,) = (name for name, fusion in fusions.items() if fusion == "cat")
    compared = json.loads(succeed(project, "dvc", "exp", "diff", cat, "seeded", "--json"))
    changes = compared["params"]["params.yaml"]
    assert {key: (value["old"], value["new"]) for key, value in changes.items()} == {
        "seg.fusion": ("cat", "vote"),
        "seg.train.seed": (0, 1),
    }
    succeed(project, "dvc", "exp", "apply", cat)
    assert yaml.safe_load((project / "params.yaml").read_text())["seg"]["fusion"] == "cat"
    assert out_of_date(project) == set()
