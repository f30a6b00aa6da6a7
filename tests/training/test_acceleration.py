import math
from pathlib import Path

import mmdet.datasets  # noqa: F401  (registers the transforms)
import pytest
import torch
from mmdet.testing import demo_mm_inputs
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from stages.detection.building import build_detector, detector_config
from stages.pipeline.entry import UserError
from stages.segmentation.building import model_config
from stages.training.acceleration import in_precision, prepare
from tests.training.line import TRAINING, line_config

CONFIGS = Path(__file__).parents[2] / "configs"
CHOICES = {
    "channels last": {"channels_last": True},
    "bfloat16": {"precision": "bf16"},
    "both": {"channels_last": True, "precision": "bf16"},
    "compiled": {"compile": True},
}


def segmenter() -> tuple:
    config = model_config(CONFIGS / "segmenter/mini.py", "cat", 4)
    init_default_scope("mmseg")
    label_map = torch.randint(0, 4, (2, 1, 64, 64))
    samples = [SegDataSample(gt_sem_seg=PixelData(data=each)) for each in label_map]
    config.model.data_preprocessor.size = (64, 64)
    return (
        config,
        MODELS.build(config.model),
        dict(inputs=list(torch.randint(0, 255, (2, 3, 64, 64))), data_samples=samples),
    )


def detector() -> tuple:
    config = detector_config(CONFIGS / "detector/mini.py", pretrained=False)
    data = demo_mm_inputs(2, [[3, 96, 128]] * 2)
    for sample in data["data_samples"]:
        sample.gt_instances.labels.zero_()
    return config, build_detector(config), data


def first_losses(build, choices: dict) -> tuple[float, float]:
    """The loss of two steps on the same images from the same weights.

    Of a detector its proposals' loss: which of them go on to the later stages is all or nothing.
    """
    torch.manual_seed(0)
    config, model, data = build()
    channels_last = choices.get("channels_last", False)
    training = TRAINING.model_copy(update={k: v for k, v in choices.items() if k != "channels_last"})
    prepare(model, training, channels_last)
    wrapper = build_optim_wrapper(model, in_precision(config.optim_wrapper, training.precision))
    wrapper.optimizer.param_groups[0]["lr"] = 1e-3
    losses = []
    for _ in range(2):
        torch.manual_seed(1)
        terms = {name: float(value) for name, value in model.train_step(data, wrapper).items()}
        assert all(map(math.isfinite, terms.values()))
        losses.append(sum(value for name, value in terms.items() if name.startswith("loss_rpn")) or terms["loss"])
    return tuple(losses)


CASES = [
    pytest.param(build, choice, marks=[pytest.mark.slow] if choice == "compiled" else [])
    for build in (segmenter, detector)
    for choice in CHOICES
]


@pytest.mark.parametrize(("build", "choice"), CASES)
def test_a_faster_step_is_nearly_the_same_step(build, choice):
    plain, fast = first_losses(build, {}), first_losses(build, CHOICES[choice])
    tolerance = 0.1 if "precision" in CHOICES[choice] else 0.01  # bfloat16 has eight bits, and there are fifty layers
    assert fast == pytest.approx(plain, rel=tolerance)
    assert plain[1] < 0.99 * plain[0]  # the step counts in the second loss


def test_with_channels_last_features_come_out_so():
    _, model, data = segmenter()
    prepare(model, TRAINING, channels_last=True)
    images = model.data_preprocessor(data)["inputs"]
    assert all(feature.is_contiguous(memory_format=torch.channels_last) for feature in model.extract_feat(images))


def test_half_precision_without_a_gpu_is_one_line():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match=r"train\.precision is fp16, .* expected fp32 or bf16"):
        in_precision(line_config().optim_wrapper, "fp16")
