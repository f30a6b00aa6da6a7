"""What only a GPU can show of the trainings; a stage of tests.gpu.check, and skipped where there is none."""

from pathlib import Path

import pytest
import torch
from mmcv.ops import DeformConv2dPack, nms, roi_align

from face_parsing.training.runner import Plan, train
from tests.face_parsing.training.line import TRAINING, LineModel, line_config

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


def test_mmcvs_operators_run_and_agree_with_the_cpu():
    torch.manual_seed(0)
    layer, image = DeformConv2dPack(4, 4, 3, padding=1), torch.rand(1, 4, 16, 16)
    torch.testing.assert_close(layer(image), layer.cuda()(image.cuda()).cpu(), rtol=1e-3, atol=1e-4)
    boxes = torch.tensor([[0.0, 0, 8, 8], [1, 1, 9, 9], [20, 20, 30, 30]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    assert nms(boxes, scores, 0.5)[1].tolist() == nms(boxes.cuda(), scores.cuda(), 0.5)[1].tolist()
    regions = torch.tensor([[0.0, 2, 2, 10, 10]])
    on_cpu = roi_align(image, regions, (3, 3))
    torch.testing.assert_close(on_cpu, roi_align(image.cuda(), regions.cuda(), (3, 3)).cpu())


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_training_with_workers_validations_and_parts_finds_the_line(tmp_path, precision):
    training = TRAINING.model_copy(update={"precision": precision})
    plan = Plan(80, seed=0, gradient_accumulation=2, validations=2, workers=2)
    model = train(line_config(LineModel), plan, training, tmp_path / "curves", tmp_path / "state.pth")
    assert model.line.weight.item() == pytest.approx(3, abs=0.2)
    assert next(model.parameters()).is_cuda


def test_the_best_state_is_the_one_that_the_val_split_scored_highest(tmp_path: Path):
    training = TRAINING.model_copy(update={"keep": "best"})
    model = train(line_config(), Plan(40, seed=0, validations=4), training, tmp_path / "curves", tmp_path / "state.pth")
    assert model.line.weight.item() == pytest.approx(3, abs=1)
