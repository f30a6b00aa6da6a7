import hashlib
import subprocess
from pathlib import Path

import pytest
import torch

from face_parsing.checkpoints.model_file import load_model, save_model
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core.errors import PipelineError
from face_parsing.training.runner import MemoryKeepingLogProcessor, Plan, train
from tests.face_parsing.training.line import TRAINING, LineModel, line_config


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_training_finds_the_line(tmp_path):
    model = train(line_config(), Plan(60, seed=0), TRAINING, tmp_path / "curves", tmp_path / "state.pth")
    assert model.line.weight.item() == pytest.approx(3, abs=0.1)
    assert model.line.bias.item() == pytest.approx(1, abs=0.1)


def test_equal_trainings_give_equal_weights_and_curves_and_another_seed_does_not(tmp_path):
    runs = []
    for name, seed in [("a", 0), ("b", 0), ("c", 1)]:
        model = train(line_config(), Plan(20, seed=seed), TRAINING, tmp_path / name, tmp_path / f"{name} state.pth")
        save_model(tmp_path / f"{name}.pth", model, {"labels": ["line"]})
        runs.append((hashlib.sha256((tmp_path / f"{name}.pth").read_bytes()).hexdigest(), files_in(tmp_path / name)))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]
    assert runs[0][1] != runs[2][1]


def test_a_batch_in_parts_takes_the_steps_of_the_whole_batch(tmp_path):
    weights = []
    for gradient_accumulation in (1, 2, 4):
        files = tmp_path / f"{gradient_accumulation}", tmp_path / f"{gradient_accumulation}.pth"
        config = line_config()
        config.param_scheduler[0].T_max = 60 * gradient_accumulation
        model = train(config, Plan(20, seed=0, gradient_accumulation=gradient_accumulation), TRAINING, *files)
        weights.append((model.line.weight.item(), model.line.bias.item()))
    assert weights[1] == pytest.approx(weights[0], abs=0.02)
    assert weights[2] == pytest.approx(weights[0], abs=0.05)


def test_a_batch_that_the_parts_can_not_share_is_one_line(tmp_path):
    with pytest.raises(
        PipelineError, match="a batch of 8 for 1 processes, 3 micro-steps each; expected a multiple of 3"
    ):
        train(
            line_config(),
            Plan(20, seed=0, gradient_accumulation=3),
            TRAINING,
            tmp_path / "curves",
            tmp_path / "state.pth",
        )


def test_curves_hold_losses_and_learning_rate_only(tmp_path):
    train(line_config(), Plan(20, seed=0), TRAINING, tmp_path / "curves", tmp_path / "state.pth")
    names = sorted(p.stem for p in (tmp_path / "curves" / "plots" / "metrics").glob("*.tsv"))
    assert [name.rpartition("/")[2] for name in names] == ["loss", "lr"]


def test_training_starts_from_pretrained_weights(tmp_path):
    start = LineModel()
    torch.nn.init.constant_(start.line.weight, 7.0)
    save_model(tmp_path / "start.pth", start, ["line"])
    config = line_config()
    config.optim_wrapper.optimizer.lr = 1e-9
    model = train(
        config,
        Plan(1, seed=0),
        TRAINING,
        tmp_path / "curves",
        tmp_path / "state.pth",
        Pretrained((str(tmp_path / "start.pth"),)),
    )
    assert model.line.weight.item() == pytest.approx(7)


def test_later_pretrained_weights_come_over_earlier_ones(tmp_path):
    files = []
    for value in (7.0, 8.0):
        start = LineModel()
        torch.nn.init.constant_(start.line.weight, value)
        torch.nn.init.constant_(start.line.bias, value)
        files.append(str(tmp_path / f"{value}.pth"))
        weights = {"line.weight": start.line.weight} if value == 8 else start.state_dict()
        torch.save(weights, files[-1])
    config = line_config()
    config.optim_wrapper.optimizer.lr = 1e-9
    model = train(
        config, Plan(1, seed=0), TRAINING, tmp_path / "curves", tmp_path / "state.pth", Pretrained(tuple(files))
    )
    assert (model.line.weight.item(), model.line.bias.item()) == (pytest.approx(8), pytest.approx(7))


def test_a_missing_pretrained_file_is_one_line(tmp_path):
    with pytest.raises(PipelineError, match=r"nowhere\.pth: missing"):
        train(
            line_config(),
            Plan(1, seed=0),
            TRAINING,
            tmp_path / "curves",
            tmp_path / "state.pth",
            Pretrained((str(tmp_path / "nowhere.pth"),)),
        )
    assert not (tmp_path / "curves").exists()


def test_a_model_file_gives_its_weights_back(tmp_path):
    saved, loaded = LineModel(), LineModel()
    save_model(tmp_path / "m.pth", saved, ["line"])
    load_model(tmp_path / "m.pth", loaded, ["line"])
    assert torch.equal(saved.line.weight, loaded.line.weight)


def test_a_model_file_for_other_labels_is_refused(tmp_path):
    save_model(tmp_path / "m.pth", LineModel(), ["line"])
    with pytest.raises(PipelineError, match=r"trained for the labels \['line'\]; expected \['curve'\]"):
        load_model(tmp_path / "m.pth", LineModel(), ["curve"])


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04cos\nsystem\n(S'true'\ntR."])
def test_a_file_that_is_no_model_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "m.pth"
    path.write_bytes(content)
    with pytest.raises(PipelineError, match=r"m\.pth: not") as fault:
        load_model(path, LineModel(), ["line"])
    assert "\n" not in str(fault.value)


def test_a_model_file_of_another_network_is_refused(tmp_path):
    save_model(tmp_path / "m.pth", torch.nn.Linear(2, 2), ["line"])
    with pytest.raises(PipelineError, match="do not fit"):
        load_model(tmp_path / "m.pth", LineModel(), ["line"])


def test_training_makes_no_dvc_repository_in_a_git_repository(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    train(line_config(), Plan(2, seed=0), TRAINING, tmp_path / "curves", tmp_path / "state.pth")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".git", "curves", "state.pth"]


def test_the_gpus_peak_memory_is_that_of_the_whole_training(monkeypatch):
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 << 20)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: pytest.fail("started anew"))
    assert MemoryKeepingLogProcessor()._get_max_memory(None) == 3
