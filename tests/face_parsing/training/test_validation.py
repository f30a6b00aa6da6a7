"""The val split's score during a training, and the state that scored best."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from face_parsing.segmenter.metric import CropMetric
from face_parsing.training.runner import Plan, train
from face_parsing.training.validation import BestHook
from tests.face_parsing.training.line import TRAINING, Closeness, LineModel, LinePoints, line_config

CLASSES = 4


def score(predicted: list[np.ndarray], true: list[np.ndarray]) -> dict[str, float]:
    metric = CropMetric()
    metric.dataset_meta = {"classes": [str(label) for label in range(CLASSES)]}
    for one, other in zip(predicted, true, strict=True):
        sample = SegDataSample(
            pred_sem_seg=PixelData(data=torch.from_numpy(one)[None]),
            gt_sem_seg=PixelData(data=torch.from_numpy(other)[None]),
        )
        metric.process({}, [sample.to_dict()])
    return metric.compute_metrics(metric.results)


def test_the_score_is_the_mean_over_crops_of_the_mean_iou_of_their_classes():
    rng = np.random.default_rng(0)
    true = [rng.integers(0, CLASSES - crop % 2, (9, 9)) for crop in range(3)]
    predicted = [rng.integers(0, CLASSES, (9, 9)) for _ in true]
    true[0][:2] = 255  # ignored
    of_crops = []
    for one, other in zip(predicted, true, strict=True):
        counts = other != 255
        ious = [
            ((one == label) & (other == label)).sum() / (((one == label) | (other == label)) & counts).sum()
            for label in range(1, CLASSES)
            if (other == label).any()
        ]
        of_crops.append(np.mean(ious))
    assert score(predicted, true)["J"] == pytest.approx(np.mean(of_crops))


def test_a_perfect_prediction_scores_1_and_a_crop_of_background_says_nothing():
    label_map, background = np.arange(16).reshape(4, 4) % CLASSES, np.zeros((4, 4), int)
    assert score([label_map, label_map], [label_map, background])["J"] == 1
    assert score([label_map], [label_map])["mIoU"] == 1


def test_the_weights_of_the_highest_score_are_kept_through_an_interruption():
    model = LineModel()
    runner, hook = SimpleNamespace(model=model), BestHook("J")
    for weight, reached in [(1.0, 0.2), (2.0, 0.9), (3.0, 0.5)]:
        torch.nn.init.constant_(model.line.weight, weight)
        hook.after_val_epoch(runner, {"J": reached})
    checkpoint: dict = {}
    hook.before_save_checkpoint(runner, checkpoint)
    resumed = BestHook("J")
    resumed.after_load_checkpoint(runner, checkpoint)
    torch.nn.init.constant_(model.line.weight, 4.0)
    resumed.after_val_epoch(runner, {"J": 0.8})
    assert resumed.weights["line.weight"].item() == 2


class FirstIsBest(Closeness):
    def compute_metrics(self, results):
        return {"J": -super().compute_metrics(results)["J"]}


@pytest.mark.parametrize(("keep", "near"), [("last", True), ("best", False)])
def test_a_training_returns_the_state_that_it_is_to_keep(tmp_path, keep, near):
    config = line_config()
    config.val_evaluator = dict(type=FirstIsBest)
    training = TRAINING.model_copy(update={"keep": keep})
    model = train(config, Plan(60, seed=0, validations=30), training, tmp_path / "curves", tmp_path / "state.pth")
    assert (abs(model.line.weight.item() - 3) < 0.3) is near


def test_the_curves_show_each_validation(tmp_path):
    plan = Plan(20, seed=0, validations=4)
    model = train(line_config(), plan, TRAINING, tmp_path / "curves", tmp_path / "state.pth")
    rows = (tmp_path / "curves/plots/metrics/J.tsv").read_text().splitlines()
    assert rows[0] == "step\tJ" and [row.split("\t")[0] for row in rows[1:]] == ["5", "10", "15", "20"]
    x, y = LinePoints().tensors
    error = (model.line(x) - y).square().mean().item()
    assert float(rows[-1].split("\t")[1]) == pytest.approx(1 / (1 + error), rel=1e-4)
