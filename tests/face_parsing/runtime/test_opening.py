"""Which models serve, and what runs them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.runtime import onnx_networks, opening
from face_parsing.runtime.bundled import WEIGHTS
from face_parsing.runtime.exported import NotExported
from face_parsing.runtime.face_parser import FaceParser

pytestmark = pytest.mark.integration
pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with trained models and their export: the bundled ones."""
    return Path(shutil.copytree(WEIGHTS, tmp_path / "project"))


@pytest.fixture
def exported(project, tmp_path) -> Path:
    """An export by itself."""
    return Path(shutil.copytree(project / "exported", tmp_path / "alone"))


def without(monkeypatch, package: str) -> None:
    find = opening.find_spec
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == package else find(name))


def test_an_exported_project_runs_by_onnxruntime_unless_torch_is_asked_for(project):
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    by_default, by_torch = FaceParser(project), FaceParser(project, "cpu", "torch")
    assert (by_default.runtime, by_torch.runtime) == ("onnx", "torch")
    ours, theirs = (parser(image, color="bgr") for parser in (by_default, by_torch))
    assert ours.faces == theirs.faces
    assert (ours.label_map == theirs.label_map).mean() > 0.999


def test_a_project_that_was_trained_again_runs_by_torch_until_it_is_exported_again(project):
    (project / "models/eanet_add.pth").write_bytes((project / "models/detector.pth").read_bytes())
    with pytest.raises(NotExported, match=r"eanet_add\.onnx: not exported from the current .*eanet_add\.pth; run"):
        FaceParser(project, runtime="onnx")
    with pytest.raises(PipelineError, match="trained for the labels"):  # by torch, which reads the model file
        FaceParser(project)


def test_an_export_by_itself_needs_no_project(exported):
    parser = FaceParser(exported)
    assert parser.runtime == "onnx" and parser.finder is not None
    assert all(path.parent == exported for path in parser.segmenters)
    assert {path.name for path in parser.files} == {"models.json", "detector.onnx", "eanet_add.onnx"}
    with pytest.raises(PipelineError, match="exported models, which torch does not run; expected --runtime onnx"):
        FaceParser(exported, runtime="torch")


def test_without_torch_a_project_needs_an_export(project, monkeypatch):
    without(monkeypatch, "torch")
    assert FaceParser(project).runtime == "onnx"
    with pytest.raises(PipelineError, match="torch: missing; expected the extra train, or --runtime onnx"):
        FaceParser(project, runtime="torch")
    shutil.rmtree(project / "exported")
    with pytest.raises(NotExported, match=r"models\.json: missing; expected what `face-parsing export --project"):
        FaceParser(project)


def test_where_there_is_a_gpu_torch_runs_a_project(project, monkeypatch):
    monkeypatch.setattr(opening.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert FaceParser(project).runtime == "torch"
    assert FaceParser(project, "cpu").runtime == "onnx"


def test_a_gpu_without_onnxruntimes_cuda_is_one_line(exported):
    import onnxruntime

    if onnx_networks.CUDA in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime has CUDA here")
    with pytest.raises(PipelineError, match="--device cuda:1: onnxruntime has no CUDA here; expected onnxruntime-gpu"):
        FaceParser(exported, device="cuda:1")


def test_a_device_of_no_kind_is_one_line(exported):
    with pytest.raises(PipelineError, match="--device gpu: no such device; expected cpu, cuda or cuda:<number>"):
        FaceParser(exported, device="gpu")


def changed(folder: Path, change) -> None:
    contents = json.loads((folder / "models.json").read_text())
    change(contents)
    (folder / "models.json").write_text(json.dumps(contents))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format=2), "format: Input should be 1"),
        (lambda c: c["detector"].pop("scale"), "detector.scale: Field required"),
        (lambda c: c["recipe"]["crop"].update(margin=9), "recipe.crop.margin: Input should be less than or equal to 2"),
        (lambda c: c["detector"].update(file="../secret.onnx"), "not a file name"),
        (lambda c: c["segmenters"].clear(), "no eanet_add; run"),
        (lambda c: c["segmenters"][0].update(side=96), "exported for inputs of 96 pixels, not 192; run"),
    ],
)
def test_a_changed_description_of_an_export_is_one_line(exported, change, message):
    changed(exported, change)
    with pytest.raises(NotExported) as caught:
        FaceParser(exported)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["detector.onnx", "eanet_add.onnx"])
def test_a_network_that_was_changed_since_its_export_is_one_line(exported, name):
    contents = bytearray((exported / name).read_bytes())
    contents[len(contents) // 2] ^= 1
    (exported / name).write_bytes(contents)
    with pytest.raises(NotExported, match=rf"{name}: changed since its export; run `face-parsing export .*` again"):
        FaceParser(exported)
