import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import torch

from face_parsing.checkpoints.model_file import load_model, save_model
from tests.face_parsing.training.line import LineModel

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]


def line(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "tests.face_parsing.training.line", ".", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def weights(folder: Path) -> tuple[float, float]:
    model = LineModel()
    load_model(folder / "model.pth", model, ["line"])
    return model.line.weight.item(), model.line.bias.item()


def test_two_processes_take_the_steps_of_one_on_the_whole_batch(tmp_path):
    for name, options in {"one": [], "two": ["--gpus", "2"], "fewer": ["--iterations", "10"]}.items():
        outcome = line(tmp_path / name, *options)
        assert outcome.returncode == 0, outcome.stdout
        assert outcome.stdout.count("trained") == 1
    assert weights(tmp_path / "two") == pytest.approx(weights(tmp_path / "one"), abs=1e-5)
    assert weights(tmp_path / "fewer") != pytest.approx(weights(tmp_path / "one"), abs=1e-2)  # the steps still move it


def test_two_processes_see_every_sample_once_an_epoch_and_train_to_the_same_bits_twice(tmp_path):
    for name in ("a", "b"):
        outcome = line(tmp_path / name, "--gpus", "2", "--iterations", "8", "--model", "TellsItsPoints")
        assert outcome.returncode == 0, outcome.stdout
        shares = [(tmp_path / name / f"points {rank}").read_text().split() for rank in range(2)]
        assert [len(share) for share in shares] == [32, 32]
        assert len(set(shares[0] + shares[1])) == 64
        assert sorted(p.name for p in (tmp_path / name).glob("*.pth")) == ["model.pth", "state.pth"]
    assert (tmp_path / "a/model.pth").read_bytes() == (tmp_path / "b/model.pth").read_bytes()


def test_two_machines_train_together_by_torchruns_own_settings(tmp_path):
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        endpoint = f"localhost:{probe.getsockname()[1]}"
    settings = {"PET_NNODES": "2", "PET_RDZV_BACKEND": "c10d", "PET_RDZV_ENDPOINT": endpoint}
    with ThreadPoolExecutor(2) as machines:
        together = [machines.submit(line, tmp_path / "shared", **settings) for _ in range(2)]
    assert [each.result().returncode for each in together] == [0, 0], [each.result().stdout for each in together]
    assert sum(each.result().stdout.count("trained") for each in together) == 1
    assert line(tmp_path / "alone").returncode == 0
    assert weights(tmp_path / "shared") == pytest.approx(weights(tmp_path / "alone"), abs=1e-5)


def test_two_processes_start_from_pretrained_weights(tmp_path):
    start = LineModel()
    torch.nn.init.constant_(start.line.weight, 7.0)
    save_model(tmp_path / "start.pth", start, ["line"])
    outcome = line(tmp_path / "two", "--gpus", "2", "--iterations", "1", "--pretrained", str(tmp_path / "start.pth"))
    assert outcome.returncode == 0, outcome.stdout
    assert weights(tmp_path / "two")[0] == pytest.approx(7, abs=0.33)


def test_a_process_that_fails_ends_the_training(tmp_path):
    outcome = line(tmp_path / "two", "--gpus", "2", "--model", "FailsInTheSecond")
    assert outcome.returncode != 0
    assert "RuntimeError: broken" in outcome.stdout
    assert not (tmp_path / "two/model.pth").exists()


def test_a_process_that_a_signal_ends_is_told_of(tmp_path):
    outcome = line(tmp_path / "two", "--gpus", "2", "--model", "KilledInTheSecond")
    assert outcome.returncode == 1
    assert "error: SIGSEGV ended a training process" in outcome.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_processes_end_when_the_one_that_launched_them_is_killed(tmp_path):
    command = [
        sys.executable,
        "-m",
        "tests.face_parsing.training.line",
        ".",
        "--gpus",
        "2",
        "--model",
        "TellsItsPoints",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, "--iterations", "1000000"], cwd=tmp_path, env=environment) as launching:
        deadline = time.monotonic() + 60
        while not (tmp_path / "points 1").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        processes = psutil.Process(launching.pid).children(recursive=True)
        launching.kill()
    assert len(processes) == 2
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def test_a_users_error_in_all_processes_is_told_once(tmp_path):
    outcome = line(tmp_path / "two", "--gpus", "2", "--model", "FailsForTheUser")
    assert outcome.returncode == 1
    assert outcome.stdout.count("error: points: wrong; expected right ones") == 1
    assert "Traceback" not in outcome.stdout
