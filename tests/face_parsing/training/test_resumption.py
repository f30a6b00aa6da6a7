import hashlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from face_parsing.training import resumption
from face_parsing.training.resumption import SavingBudget, resumable, state_file
from face_parsing.training.runner import Plan, train
from tests.face_parsing.training.line import TRAINING, DropoutModel, NoisyPoints, line_config
from tests.face_parsing.training.test_launching import ROOT, line, weights
from tests.face_parsing.training.test_runner import files_in

pytestmark = pytest.mark.integration

ITERATIONS = 60
PLAN = Plan(ITERATIONS, seed=3, validations=3)


@pytest.fixture
def any_time(monkeypatch):
    """Saves take as much of the time as they like: each step of these trainings is shorter than one."""
    monkeypatch.setattr(resumption, "TIME_SHARE", 1e9)


class Interrupted(BaseException):
    pass


class StopsAt(DropoutModel):
    """Is interrupted in the middle of a step."""

    steps = 0

    def forward(self, x, y, mode):
        StopsAt.steps += mode == "loss"
        if StopsAt.steps == self.last and mode == "loss":
            raise Interrupted
        return super().forward(x, y, mode)


def noisy(folder: Path, model: type = DropoutModel, plan: Plan = PLAN) -> tuple[str, dict[str, bytes]]:
    """A digest of the trained weights, and the curves."""
    config = line_config(model, NoisyPoints)
    trained = train(config, plan, TRAINING, folder / "curves", folder / "state.pth")
    numbers = torch.cat([value.flatten() for value in trained.state_dict().values()])
    return hashlib.sha256(numbers.numpy().tobytes()).hexdigest(), files_in(folder / "curves")


@pytest.mark.parametrize("last", [1, 2, 10, 37, 60])
@pytest.mark.usefixtures("any_time")
def test_an_interrupted_training_ends_in_the_same_bits_and_curves(tmp_path, last):
    expected = noisy(tmp_path / "whole")
    StopsAt.steps, StopsAt.last = 0, last
    with pytest.raises(Interrupted):
        noisy(tmp_path / "cut", StopsAt)
    assert not (tmp_path / "cut/curves").exists()
    assert resumable(tmp_path / "cut/state.pth") == (last > 1)
    assert noisy(tmp_path / "cut") == expected


@pytest.mark.parametrize("last", [6, 15, 22])
@pytest.mark.usefixtures("any_time")
def test_a_batch_that_was_interrupted_between_its_parts_is_taken_again(tmp_path, last):
    plan = Plan(12, seed=3, gradient_accumulation=2, validations=4)
    expected = noisy(tmp_path / "whole", plan=plan)
    StopsAt.steps, StopsAt.last = 0, last
    with pytest.raises(Interrupted):
        noisy(tmp_path / "cut", StopsAt, plan)
    assert noisy(tmp_path / "cut", plan=plan) == expected


@pytest.mark.usefixtures("any_time")
def test_a_training_goes_on_where_it_was_and_not_from_the_start(tmp_path):
    StopsAt.steps, StopsAt.last = 0, 51
    with pytest.raises(Interrupted):
        noisy(tmp_path, StopsAt)
    StopsAt.steps, StopsAt.last = 0, ITERATIONS + 1
    noisy(tmp_path, StopsAt)
    assert StopsAt.steps == ITERATIONS - 50


@pytest.mark.usefixtures("any_time")
def test_a_training_that_was_whole_but_for_its_model_file_is_not_trained_again(tmp_path):
    expected = noisy(tmp_path)
    StopsAt.steps, StopsAt.last = 0, 1
    assert noisy(tmp_path, StopsAt) == expected


@pytest.mark.usefixtures("any_time")
def test_a_state_that_was_cut_short_is_none(tmp_path):
    expected = noisy(tmp_path)
    content = (tmp_path / "state.pth").read_bytes()
    (tmp_path / "state.pth").write_bytes(content[: len(content) // 2])
    assert noisy(tmp_path) == expected


def test_a_disk_without_room_is_one_line_and_the_state_before_is_gone_on_from(tmp_path):
    assert line(tmp_path / "whole").returncode == 0
    assert line(tmp_path / "cut", "--model", "StopsInTheThirdStep").returncode == 1
    before = (tmp_path / "cut/state.pth").read_bytes()
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.face_parsing.training.line", "."],
        cwd=tmp_path / "cut",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2,) * 2),
        check=False,
    )
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
    assert outcome.stdout.count("error: state.pth: not written ([Errno 27] File too large") == 1
    assert [p.name for p in (tmp_path / "cut").iterdir() if "partial" in p.name] == []
    assert (tmp_path / "cut/state.pth").read_bytes() == before
    assert line(tmp_path / "cut").returncode == 0
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")


def test_other_trainings_have_other_states():
    origin = {"labels": ["skin"], "parameters": {"lr": 0.1}, "code": "a", "data": "b"}
    others = [
        origin | change for change in ({"labels": ["hair"]}, {"parameters": {"lr": 0.2}}, {"code": "c"}, {"data": "d"})
    ]
    assert len({state_file(Path("unfinished"), each) for each in [origin, *others]}) == 5
    assert state_file(Path("unfinished"), dict(reversed(origin.items()))) == state_file(Path("unfinished"), origin)


class Clock:
    """A clock that tests move."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.mark.parametrize(("step", "seconds"), [(0.01, 0.1), (0.3, 3.5), (1.0, 0.05), (2.0, 60.0)])
def test_saving_takes_at_most_a_twentieth_of_the_time_however_slow_the_disk(monkeypatch, step, seconds):
    clock = Clock()
    monkeypatch.setattr(resumption, "time", clock)
    budget, saving = SavingBudget(seconds), 0.0
    for _ in range(10_000):
        clock.now += step
        if budget.allows_a_save():
            with budget.measured():
                clock.now += seconds
            saving += seconds
        assert saving <= 0.05 * clock.now
    assert saving >= 0.02 * clock.now or saving >= 9_000 * seconds  # or nothing would be saved


def test_a_slow_disk_is_written_to_rarely(tmp_path, monkeypatch):
    saves = []

    def slow(checkpoint, *_arguments, **_keywords):
        saves.append(checkpoint["meta"]["iter"])
        time.sleep(0.5)

    monkeypatch.setattr(torch, "save", slow)
    start = time.perf_counter()
    noisy(tmp_path)
    # One save, before it is known how long that takes, and another one for each ten seconds.
    assert len(saves) <= 1 + (time.perf_counter() - start) / 10
    assert saves[0] < ITERATIONS
