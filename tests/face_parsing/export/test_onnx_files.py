"""What onnxruntime makes of exported networks is what torch makes of them."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from mmcv.ops import DeformConv2dPack
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from face_parsing.checkpoints.model_file import save_model
from face_parsing.core.errors import PipelineError
from face_parsing.detector.config import CLASSES, build_detector, detector_config
from face_parsing.export.onnx_files import input_scale, write_detector, write_segmenter
from face_parsing.faces.candidates import CandidateFinder
from face_parsing.faces.parameters import Detection
from face_parsing.parsing.trained_network import TrainedNetwork
from face_parsing.runtime.onnx_networks import OnnxFinder, OnnxNetwork, session
from face_parsing.segmenter.architecture import Architecture

pytestmark = pytest.mark.integration

pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")

CLASS_COUNT = 18
MINI = Path("configs/segmenter/se_hrnet/mini.py")
ARCHITECTURES = {
    "eanet_cat and masks": Architecture(MINI, "eanet_cat", mask_propagation="gated"),
    "panoptic_fpn": Architecture(MINI, "ocrnet", coarse_head="panoptic_fpn"),
}
DETECTOR = Path("configs/detector/mini.py")
PICTURES = [(288, 512), (97, 61), (600, 333), (40, 40)]


def halved(model: nn.Module) -> nn.Module:
    """The model with its kernels rounded to half precision, as the bundled ones are."""
    for weights in model.parameters():
        if weights.ndim > 1:
            weights.data = weights.data.half().float()
    return model


@pytest.fixture(scope="module", params=ARCHITECTURES)
def segmenter(request, tmp_path_factory) -> tuple[TrainedNetwork, Path]:
    """A network of random weights, and its ONNX file."""
    torch.manual_seed(0)
    init_default_scope("mmseg")
    model = MODELS.build(ARCHITECTURES[request.param].config(CLASS_COUNT).model)
    for name, weights in model.named_parameters():
        if "guide" in name or "dense_layers.correction" in name:  # they start at zero
            nn.init.normal_(weights, std=0.1)
    path = tmp_path_factory.mktemp("networks") / "model.onnx"
    network = TrainedNetwork(halved(model).eval())
    write_segmenter(network.model, path)
    return network, path


def test_a_segmenter_gives_what_torch_gives_for_batches_and_sizes_other_than_the_exports(segmenter):
    network, path = segmenter
    rng = np.random.default_rng(0)
    by_onnx = OnnxNetwork(session(path.read_bytes(), "cpu", 1), network.guided, network.gated)
    for count, height, width in [(1, 96, 96), (3, 96, 128), (2, 100, 132)]:
        images = rng.integers(0, 256, (count, height, width, 3), np.uint8)
        masks = rng.random((count, CLASS_COUNT, height, width), np.float32) if network.guided else None
        for given in {id(masks): masks, id(None): None}.values():
            expected, found = network(images, given), by_onnx(images, given)
            assert found.dtype == np.float32 and found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_segmenter_of_one_size_gives_what_torch_gives_for_any_batch(tmp_path):
    torch.manual_seed(0)
    init_default_scope("mmseg")
    network = TrainedNetwork(MODELS.build(Architecture(MINI, "eanet_add").config(CLASS_COUNT).model).eval())
    write_segmenter(network.model, tmp_path / "model.onnx", side=64)
    by_onnx = OnnxNetwork(session((tmp_path / "model.onnx").read_bytes(), "cpu", 1), False, False)
    for count in (1, 3):
        images = np.random.default_rng(count).integers(0, 256, (count, 64, 64, 3), np.uint8)
        expected = network(images)
        np.testing.assert_allclose(by_onnx(images), expected, atol=1e-4 * np.abs(expected).max())


def test_a_file_is_plain_onnx_of_half_the_weights_size_and_tells_nothing_of_the_machine(segmenter):
    network, path = segmenter
    file = onnx.load(path)
    onnx.checker.check_model(file)
    assert {node.domain for node in file.graph.node} == {""}
    assert str(Path.cwd()).encode() not in path.read_bytes()
    weights = sum(tensor.numel() for tensor in network.model.state_dict().values())
    assert path.stat().st_size < 3 * weights


@pytest.fixture(scope="module")
def finders(tmp_path_factory) -> tuple[CandidateFinder, OnnxFinder]:
    """A detector of random weights, by torch and by its ONNX file. Its scores differ, so that their order is known."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("detector")
    model = build_detector(detector_config(DETECTOR, pretrained=False))
    model.init_weights()
    for name, layer in model.named_modules():
        if isinstance(layer, DeformConv2dPack):
            nn.init.normal_(layer.conv_offset.bias, std=2)  # else it deforms nothing
        if isinstance(layer, nn.Conv2d) and "rpn" in name:
            nn.init.normal_(layer.weight, std=0.1)
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.1)
    save_model(folder / "detector.pth", model, CLASSES)
    detection = Detection(finder="detector", score_threshold=0.05, secondary_face_threshold=0.8)
    config = detector_config(DETECTOR, pretrained=False)
    by_torch = CandidateFinder(config, folder / "detector.pth", detection, batch_size=1)
    write_detector(by_torch.model, folder / "detector.onnx")
    detector = session((folder / "detector.onnx").read_bytes(), "cpu", 1)
    return by_torch, OnnxFinder(detector, input_scale(by_torch.config), detection.score_threshold)


@pytest.mark.parametrize("shape", PICTURES)
def test_a_detector_finds_what_mmdet_finds_in_the_same_order(finders, shape):
    rng = np.random.default_rng(shape[0])
    image = cv2.resize(rng.integers(0, 256, (shape[0] // 4, shape[1] // 4, 3), np.uint8), shape[::-1])
    (expected,), (found,) = (find([image]) for find in finders)
    assert len(expected) and found.dtype == np.float64
    clear = expected[:, 4] > 0.0502  # nearer to the threshold, rounding decides
    assert clear.sum() <= len(found) <= len(expected) + (~clear).sum() + 1
    np.testing.assert_allclose(found[clear.nonzero()[0], :4], expected[clear, :4], atol=0.01)
    np.testing.assert_allclose(found[clear.nonzero()[0], 4], expected[clear, 4], atol=1e-4)


def test_a_picture_too_thin_for_the_detector_has_no_candidates(finders):
    for find in finders:
        assert find([np.zeros((2, 20_000, 3), np.uint8)])[0].shape == (0, 5)


def test_a_detector_that_prepares_its_images_in_another_way_is_refused():
    config = Config.fromfile(DETECTOR)
    assert input_scale(config) == (512, 288)
    config.test_dataloader.dataset.pipeline[1].keep_ratio = False
    with pytest.raises(PipelineError, match="no Resize with keep_ratio, which ONNX export does not support"):
        input_scale(config)
