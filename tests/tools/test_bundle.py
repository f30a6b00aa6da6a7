from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from face_parsing.core.errors import PipelineError
from face_parsing.provenance.record import read_provenance
from face_parsing.runtime.face_parser import FaceParser
from tests.repositories import set_parameters
from tools import bundle
from tools.bundle import absolute_paths

CONFIGS = ("configs/detector/mini.py", "configs/segmenter/se_hrnet/mini.py")


def unexported(folder: Path) -> None:
    """In the place of the export, which takes a minute."""


def files_of(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_what_is_bundled_stands_alone_and_parses_as_the_project_does(project, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MOST_BYTES", 20_000_000)  # of three models
    for name in CONFIGS:  # of which nothing is left to lie elsewhere
        (project / name).rename(project / f"{name}.base.py")
        (project / name).write_text(f"_base_ = './{Path(name).name}.base.py'\n")
    weights = tmp_path / "elsewhere/weights"
    total = bundle.bundle(project, weights, unexported)
    models = {f"models/{name}.pth" for name in ("detector", "ocrnet", "eanet_add", "eanet_cat")}
    beside = {name.replace(".pth", ".provenance.json") for name in models}
    assert files_of(weights) == {"params.yaml", "data/labels.yaml", *models, *beside, *CONFIGS}
    assert total == sum((weights / file).stat().st_size for file in files_of(weights))
    assert (weights / "params.yaml").read_bytes() == (project / "params.yaml").read_bytes()
    for file in models:
        bundled, trained = (torch.load(folder / file, weights_only=True)["state_dict"] for folder in (weights, project))
        for key, tensor in trained.items():
            half = tensor.is_floating_point() and tensor.ndim > 1
            assert torch.equal(bundled[key], tensor.half() if half else tensor)
        assert (weights / file).stat().st_size < 0.6 * (project / file).stat().st_size
    for name in CONFIGS:
        assert Config.fromfile(weights / name).to_dict() == Config.fromfile(project / name).to_dict()
    image = np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8)
    ours, theirs = (FaceParser(folder, "cpu", "torch")(image, color="bgr") for folder in (weights, project))
    assert (ours.label_map == theirs.label_map).mean() > 0.99
    assert ours.faces[0].source == theirs.faces[0].source


def test_only_the_models_that_are_delivered_are_bundled(project, tmp_path):
    set_parameters(project, {"seg.fusion": "add"})
    bundle.bundle(project, tmp_path / "weights", unexported)
    assert {file for file in files_of(tmp_path / "weights") if file.startswith("models/")} == {
        "models/detector.pth",
        "models/detector.provenance.json",
        "models/eanet_add.pth",
        "models/eanet_add.provenance.json",
    }


@pytest.mark.parametrize(
    ("key", "model"),
    [
        ("profiles.mini.detector.lr", "detector"),
        ("profiles.mini.backbone.iterations", "backbone"),
        ("profiles.mini.segmenter.iterations", "eanet_cat"),
        ("seg.train.seed", "eanet_cat"),
    ],
)
def test_models_that_were_trained_otherwise_are_refused(project, tmp_path, key, model):
    set_parameters(project, {key: 7})
    section = key.rpartition(".")[0] if key.startswith("profiles") else "seg.train"
    section = section.replace("mini", r"\$\{profile\}")
    with pytest.raises(
        PipelineError, match=rf"models/{model}\.pth: trained with other {section} than .*params\.yaml has"
    ):
        bundle.bundle(project, tmp_path / "weights", unexported)
    assert not (tmp_path / "weights").exists()


def test_a_folder_that_is_too_large_is_refused_and_what_was_there_stays(project, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MOST_BYTES", 1_000_000)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/earlier").touch()
    with pytest.raises(PipelineError, match=r"weights: \d+\.\d MB; expected 1 MB at most"):
        bundle.bundle(project, tmp_path / "weights", unexported)
    assert files_of(tmp_path / "weights") == {"earlier"}


def test_what_was_written_about_the_models_stays(project, tmp_path):
    set_parameters(project, {"seg.fusion": "add"})
    weights = tmp_path / "weights"
    (weights / "models").mkdir(parents=True)
    (weights / "models/eanet_cat.pth").touch()
    (weights / "README.md").write_text("About them.")
    bundle.bundle(project, weights, unexported)
    assert (weights / "README.md").read_text() == "About them."
    assert not (weights / "models/eanet_cat.pth").exists()


def test_a_path_of_this_machine_is_not_bundled(project, tmp_path):
    set_parameters(project, {"data.root": "/somebodys/pictures"})
    with pytest.raises(PipelineError, match=r"params\.yaml: names /somebodys/pictures, a path of this machine"):
        bundle.bundle(project, tmp_path / "weights", unexported)


def test_what_a_training_writes_of_itself_names_no_path_of_the_machine(reproduced):
    for file in (reproduced / "models").glob("*.pth"):
        assert not list(absolute_paths(read_provenance(file)))


def test_paths_are_found_wherever_they_are_named():
    tree = {"a": ["/x", 1, None, {"b": "~/y"}], "c": "open-mmlab://msra/hrnetv2_w18", "d": "models/detector.pth"}
    assert list(absolute_paths(tree)) == ["/x", "~/y"]
