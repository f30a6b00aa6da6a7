import os
import time

import pytest
import torch

from stages.pipeline.entry import UserError
from stages.training.checkpoint import save_model
from stages.training.processes import in_processes
from stages.training.runner import train
from tests.training.line import LineModel, line_config


class FailsInTheSecond(LineModel):
    def forward(self, x, y, mode):
        if torch.distributed.get_rank() == 1:
            raise RuntimeError("broken")
        return super().forward(x, y, mode)


def line(tmp_path, processes: int, model: type = LineModel, iterations: int = 20, pretrained: str | None = None):
    curves = tmp_path / f"{processes} {time.monotonic_ns()}"
    trained = train(line_config(model), iterations, 0, curves, pretrained, processes=processes)
    return trained.line.weight.item(), trained.line.bias.item()


def rank_and_members(rank: int) -> tuple[int, int, int]:
    pids = [torch.zeros(1, dtype=torch.int64) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(pids, torch.tensor([os.getpid()]))
    return rank, torch.distributed.get_rank(), len({pid.item() for pid in pids})


def fail_for_the_user(rank: int) -> None:
    raise UserError("params.yaml: wrong")


def test_the_work_runs_in_so_many_processes_and_the_first_answers(tmp_path):
    assert in_processes(rank_and_members, 2, tmp_path / "meeting") == (0, 0, 2)


def test_two_processes_take_the_steps_of_one_on_the_whole_batch(tmp_path):
    one, two = line(tmp_path, 1), line(tmp_path, 2)
    assert two == pytest.approx(one, abs=1e-5)
    assert two[0] != pytest.approx(line(tmp_path, 1, iterations=10)[0], abs=1e-2)  # the steps still move it


def test_two_processes_train_to_the_same_bits_twice(tmp_path):
    assert line(tmp_path, 2) == line(tmp_path, 2)


def test_two_processes_start_from_pretrained_weights_as_one_does(tmp_path):
    start = LineModel()
    torch.nn.init.constant_(start.line.weight, 7.0)
    save_model(tmp_path / "start.pth", start, ["line"], {})
    one, two = (line(tmp_path, n, iterations=1, pretrained=str(tmp_path / "start.pth")) for n in (1, 2))
    assert two == pytest.approx(one, abs=1e-5)
    assert one[0] > 4


def test_a_process_that_fails_ends_the_training(tmp_path):
    with pytest.raises(RuntimeError):
        line(tmp_path, 2, FailsInTheSecond)


def test_a_users_error_in_all_processes_is_told_once(tmp_path, capfd):
    with pytest.raises(UserError, match="wrong"):
        in_processes(fail_for_the_user, 2, tmp_path / "meeting")
    assert "wrong" not in "".join(capfd.readouterr())
