from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from mmcv.ops import DeformConv2dPack
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from face_parsing.detector.config import build_detector, detector_config
from face_parsing.runtime.onnx_export import export
from face_parsing.runtime.onnx_runtime import NotExported, network_method, read_network, run_by_onnx
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import CoarseHeadName

pytestmark = pytest.mark.integration

pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")

SIZES = [(1, 96, 96), (3, 96, 128), (2, 100, 132)]


def segmentor(coarse_head: CoarseHeadName = "fcn") -> nn.Module:
    init_default_scope("mmseg")
    config = Path("configs/segmenter/se_hrnet/mini.py")
    model = MODELS.build(Architecture(config, "eanet_cat", coarse_head=coarse_head).config(18).model)
    nn.init.normal_(model.decode_head[-1].dense_layers.correction.weight)
    return model


def panoptic_fpn() -> nn.Module:
    return segmentor("panoptic_fpn")


def detector() -> nn.Module:
    model = build_detector(detector_config(Path("configs/detector/mini.py"), pretrained=False))
    for layer in model.modules():
        if isinstance(layer, DeformConv2dPack):
            nn.init.normal_(layer.conv_offset.bias, std=2)  # else it deforms nothing
    return model


@pytest.fixture(
    scope="module", params=[segmentor, panoptic_fpn, detector], ids=["segmentor", "panoptic_fpn", "detector"]
)
def exported(request, tmp_path_factory) -> tuple[nn.Module, Path, Path]:
    """A model of random weights, its ONNX file and its model file."""
    torch.manual_seed(0)
    model = request.param().eval()
    folder = tmp_path_factory.mktemp("models")
    weights, path = folder / "model.pth", folder / "model.onnx"
    weights.write_bytes(b"weights")
    export(model, weights, path)
    return model, path, weights


@torch.inference_mode()
def outputs(model: nn.Module, images: torch.Tensor) -> list[np.ndarray]:
    output = getattr(model, network_method(model))(images)
    return [each.numpy() for each in (output if isinstance(output, tuple) else [output])]


def test_onnxruntime_gives_what_torch_gives_for_batches_and_sizes_other_than_the_exports(exported):
    model, path, weights = exported
    by_onnx = run_by_onnx(model, path, weights)
    for n, height, width in SIZES:
        images = torch.randn(n, 3, height, width)
        expected, found = outputs(model, images), outputs(by_onnx, images)
        assert [each.shape for each in found] == [each.shape for each in expected]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-4 * np.abs(b).max())


def test_the_file_is_plain_onnx_and_tells_nothing_of_the_machine(exported):
    _, path, _ = exported
    file = onnx.load(path)
    onnx.checker.check_model(file)
    assert {node.domain for node in file.graph.node} == {""}
    assert str(Path.cwd()).encode() not in path.read_bytes()


def test_the_model_itself_stays_with_torch(exported):
    model, path, weights = exported
    images = torch.randn(1, 3, 96, 96)
    before = outputs(model, images)
    run_by_onnx(model, path, weights)
    assert all((a == b).all() for a, b in zip(outputs(model, images), before, strict=True))
    assert network_method(model) not in vars(model)


def test_a_file_of_other_weights_is_refused(exported, tmp_path):
    model, path, _ = exported
    other = tmp_path / "model.pth"
    other.write_bytes(b"other weights")
    with pytest.raises(
        NotExported, match=r"model\.onnx: not exported from the current .*model\.pth; run `face-parsing export"
    ):
        run_by_onnx(model, path, other)


@pytest.mark.parametrize(("content", "fault"), [(None, "missing"), (b"words", "not an ONNX file")])
def test_what_is_no_onnx_file_is_one_line(exported, tmp_path, content, fault):
    model, _, weights = exported
    path = tmp_path / "model.onnx"
    if content:
        path.write_bytes(content)
    with pytest.raises(NotExported) as caught:
        run_by_onnx(model, path, weights)
    assert str(caught.value).startswith(f"{path}: {fault}") and "\n" not in str(caught.value)


def changed(network: onnx.ModelProto) -> None:
    network.graph.initializer[0].name += "x"


def elsewhere(network: onnx.ModelProto) -> None:
    tensor = network.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")


def unsealed(network: onnx.ModelProto) -> None:
    del network.metadata_props[-1:]


@pytest.mark.parametrize("change", [changed, elsewhere, unsealed])
def test_a_file_that_was_changed_since_its_export_is_one_line(exported, tmp_path, change):
    _, path, weights = exported
    network = onnx.load(path)
    change(network)
    (tmp_path / "a.onnx").write_bytes(network.SerializeToString())
    with pytest.raises(NotExported, match=r"a\.onnx: changed since its export; run `face-parsing export .*again"):
        read_network(tmp_path / "a.onnx", weights)


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_truncated_file_is_one_line(exported, tmp_path, share):
    _, path, weights = exported
    contents = path.read_bytes()
    (tmp_path / "a.onnx").write_bytes(contents[: int(share * len(contents))])
    with pytest.raises(
        NotExported, match=r"a\.onnx: (not an ONNX file|not exported from|changed since).*export .*again"
    ):
        read_network(tmp_path / "a.onnx", weights)
