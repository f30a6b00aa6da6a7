import ctypes
import math
import subprocess
import sys
from functools import cache
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

from face_parsing.core.errors import PipelineError
from face_parsing.detector.config import build_detector, detector_config
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import BackboneName
from face_parsing.training.acceleration import in_precision, prepare
from tests.face_parsing.training.line import TRAINING, line_config

pytestmark = pytest.mark.integration

CONFIGS = Path(__file__).parents[3] / "configs"
SAME_NUMBERS = {"channels last": {"channels_last": True}, "compiled": {"compile": True}}
HALF_THE_BITS = {"bfloat16": {"precision": "bf16"}, "both": {"channels_last": True, "precision": "bf16"}}


def segmenter(backbone: BackboneName = "se_hrnet") -> tuple:
    config = Architecture(CONFIGS / f"segmenter/{backbone}/mini.py", "eanet_cat").config(4)
    init_default_scope("mmseg")
    label_map = torch.randint(0, 4, (2, 1, 64, 64))
    samples = [SegDataSample(gt_sem_seg=PixelData(data=each)) for each in label_map]
    config.model.data_preprocessor.size = (64, 64)
    return (
        config,
        MODELS.build(config.model),
        dict(inputs=list(torch.randint(0, 255, (2, 3, 64, 64))), data_samples=samples),
    )


def swin() -> tuple:
    return segmenter("swin")


def detector() -> tuple:
    config = detector_config(CONFIGS / "detector/mini.py", pretrained=False)
    data = demo_mm_inputs(2, [[3, 96, 128]] * 2)
    for sample in data["data_samples"]:
        sample.gt_instances.labels.zero_()
    return config, build_detector(config), data


def losses_and_gradient(build, choices: dict, steps: int) -> tuple[list[float], torch.Tensor]:
    """The losses of steps on the same images from the same weights, and the last one's gradient, in one row.

    Of a detector the loss and gradient of its proposals: which of them go on to the later stages is all or nothing.
    """
    torch.manual_seed(0)
    config, model, data = build()
    channels_last = choices.get("channels_last", False)
    training = TRAINING.model_copy(update={k: v for k, v in choices.items() if k != "channels_last"})
    prepare(model, training, channels_last)
    optimizer = {"type": "SGD", "lr": 3e-3}  # whose step is the gradient
    clip = config.optim_wrapper.clip_grad
    wrapped = in_precision(dict(type="OptimWrapper", optimizer=optimizer, clip_grad=clip), training.precision)
    wrapper = build_optim_wrapper(model, wrapped)
    losses = []
    for _ in range(steps):
        torch.manual_seed(1)
        before = [each.detach().clone() for each in getattr(model, "rpn_head", model).parameters()]
        terms = {name: float(value.detach()) for name, value in model.train_step(data, wrapper).items()}
        assert all(map(math.isfinite, terms.values()))
        losses.append(sum(value for name, value in terms.items() if name.startswith("loss_rpn")) or terms["loss"])
    after = getattr(model, "rpn_head", model).parameters()
    return losses, torch.cat([(new.detach() - old).flatten() for new, old in zip(after, before, strict=True)])


@cache
def in_single_precision(build, steps: int) -> tuple[list[float], torch.Tensor]:
    return losses_and_gradient(build, {}, steps)


def cases(choices: dict[str, dict]) -> list:
    return [
        pytest.param(build, choice, id=f"{build.__name__}-{name}", marks=[pytest.mark.slow] * ("compile" in choice))
        for build in (segmenter, swin, detector)
        for name, choice in choices.items()
        if name != "compiled" or build is segmenter  # compiling a detector takes over two minutes
    ]


@pytest.mark.parametrize(("build", "choice"), cases(SAME_NUMBERS))
def test_a_faster_step_has_the_same_loss_and_gradient(build, choice):
    losses, gradient = in_single_precision(build, 1)
    fast_losses, fast_gradient = losses_and_gradient(build, choice, 1)
    assert fast_losses == pytest.approx(losses, rel=1e-3)
    assert (fast_gradient - gradient).norm() < 0.01 * gradient.norm()


@pytest.mark.parametrize(("build", "choice"), cases(HALF_THE_BITS))
def test_in_bfloat16_the_loss_falls_as_in_single_precision(build, choice):
    losses, _ = in_single_precision(build, 8)
    half_losses, _ = losses_and_gradient(build, choice, 8)
    assert half_losses[0] == pytest.approx(losses[0], rel=0.1)  # bfloat16 has eight bits, and there are fifty layers
    assert min(losses) < 0.99 * losses[0] and min(half_losses) < 0.99 * half_losses[0]


def test_with_channels_last_features_come_out_so():
    _, model, data = segmenter()
    prepare(model, TRAINING, channels_last=True)
    images = model.data_preprocessor(data)["inputs"]
    assert all(feature.is_contiguous(memory_format=torch.channels_last) for feature in model.extract_feat(images))


def test_half_precision_without_a_gpu_is_one_line():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(PipelineError, match=r"train\.precision is fp16, .* expected auto, fp32 or bf16"):
        in_precision(line_config().optim_wrapper, "fp16")


FAULTS = """
import resource
import torch
from face_parsing.training.acceleration import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        torch.ones(20_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

first = faults()
keep_freed_memory()
faults()
print(first, faults())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
def test_the_memory_of_freed_tensors_is_kept_for_the_next_ones():
    # In a process of its own, which it changes for good.
    outcome = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    before, after = map(int, outcome.stdout.split())
    assert before > 50000 and after < before / 100
