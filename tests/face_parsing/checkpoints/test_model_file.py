import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from face_parsing.checkpoints.model_file import load_model, read_checkpoint, save_model
from face_parsing.core.errors import PipelineError
from tests.fuzz.originals import LABELS, network


@pytest.fixture
def path(tmp_path) -> Path:
    save_model(tmp_path / "model.pth", network(), LABELS)
    return tmp_path / "model.pth"


def refused(path: Path, model: torch.nn.Module | None = None, labels: list[str] = LABELS) -> str:
    with pytest.raises(PipelineError) as caught:
        load_model(path, model or network(), labels)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_come_back_as_they_were(path):
    model = network()
    torch.nn.init.zeros_(model[0].weight)
    load_model(path, model, LABELS)
    for name, weight in network().state_dict().items():
        assert torch.equal(model.state_dict()[name], weight)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999])
def test_a_truncated_model_is_one_line(path, share):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "not loadable as weights only" in refused(path)


def test_a_flipped_bit_in_the_weights_is_told_by_the_checksum(path):
    contents = bytearray(path.read_bytes())
    start = contents.index(network()[0].weight.detach().numpy().tobytes())
    contents[start] ^= 1
    path.write_bytes(contents)
    assert "the checksum of " in refused(path)


def test_a_model_of_other_labels_is_one_line(path):
    assert f"trained for the labels {LABELS}; expected ['background', 'nose']" in refused(
        path, labels=["background", "nose"]
    )


@pytest.mark.parametrize(
    "model",
    [
        torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8)),
        torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)),
        torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 4)),
        network().double(),
    ],
)
def test_a_model_of_other_shapes_is_one_line(path, model):
    assert "its weights do not fit the configured model (tensor " in refused(path, model)


def test_weights_that_are_no_numbers_are_one_line(path):
    model = network()
    with torch.no_grad():
        model[0].weight[0, 0, 0, 0] = float("nan")
    save_model(path, model, LABELS)
    assert "the tensor 0.weight holds infinite values or NaN" in refused(path)


class Attack:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_inside_is_refused_and_not_executed(path, monkeypatch, legacy):
    monkeypatch.chdir(path.parent)
    weights = {**network().state_dict(), "attack": Attack()}
    torch.save({"state_dict": weights, "labels": LABELS}, path, _use_new_zipfile_serialization=not legacy)
    assert "not loadable as weights only" in refused(path)
    path.write_bytes(pickle.dumps(Attack()))
    assert "not loadable as weights only" in refused(path)
    assert not Path("executed").exists()


def test_an_archive_that_unpacks_to_more_than_the_limit_is_one_line(path, monkeypatch):
    monkeypatch.setenv("FACE_PARSING_MAX_MODEL_BYTES", "1000000")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data/0", bytes(2_000_000))
    assert path.stat().st_size < 10_000
    assert "2000000 bytes unpacked; expected 1000000 at most (FACE_PARSING_MAX_MODEL_BYTES)" in refused(path)


@pytest.mark.parametrize(
    "saved",
    [
        {"state_dict": {}},
        {"state_dict": {"a": 1}, "labels": LABELS},
        {"state_dict": {}, "labels": "face"},
        {"state_dict": {}, "labels": torch.zeros(1)},
        [1, 2],
    ],
)
def test_a_checkpoint_of_another_kind_is_one_line(path, saved):
    torch.save(saved, path)
    assert "not a model file of this pipeline; expected one that a training stage wrote" in refused(path)
    assert read_checkpoint(path) is not None


def test_a_model_file_of_version_0_2_is_named_as_such(path):
    torch.save({"state_dict": network().state_dict(), "provenance": {"labels": LABELS}}, path)
    assert "a model file of version 0.2; expected one that this version trained" in refused(path)


def test_the_same_weights_are_the_same_bytes_whatever_file_they_are_written_to(path):
    save_model(path.with_name("other.pth"), network(), LABELS)
    assert path.with_name("other.pth").read_bytes() == path.read_bytes()


def test_weights_in_half_precision_are_loaded_as_float32(path):
    saved = torch.load(path)
    saved["state_dict"] = {k: v.half() if v.is_floating_point() else v for k, v in saved["state_dict"].items()}
    torch.save(saved, path)
    model = network()
    load_model(path, model, LABELS)
    for name, weight in model.state_dict().items():
        assert weight.dtype == network().state_dict()[name].dtype
        assert torch.equal(weight, saved["state_dict"][name].to(weight.dtype))
