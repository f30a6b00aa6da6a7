"""What a step of the published models costs beside its arithmetic: kernels that are launched, and waits for the GPU."""

from collections import Counter

import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.utils._python_dispatch import TorchDispatchMode

from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.segmenter.architecture import Architecture

CLASSES, SIDE = 18, 64
# Operators whose results the host must know before it goes on.
WAITS = ("aten._local_scalar_dense", "aten.nonzero", "aten.masked_select", "aten.unique")
MASK = "mask of"  # an index of booleans: the host waits to know how many are true
VIEWS = ("view", "transpose", "permute", "expand", "slice", "select", "detach", "alias", "unsqueeze", "squeeze", "t.")


class Operators(TorchDispatchMode):
    """Counts the operators that run, by their name."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func)
        if name.startswith("aten.index") and any(i is not None and i.dtype == torch.bool for i in args[1]):
            name = f"{MASK} {name}"
        self.counts[name] += 1
        return func(*args, **(kwargs or {}))

    def named(self, *names: str) -> int:
        return sum(count for operator, count in self.counts.items() if operator.startswith(names))

    @property
    def kernels(self) -> int:
        return self.counts.total() - self.named(*(f"aten.{view}" for view in VIEWS))


def step(name: str) -> Operators:
    """The operators of a forward and a backward pass of profile paper's model."""
    torch.manual_seed(0)
    init_default_scope("mmseg")
    config = Architecture("configs/segmenter/se_hrnet/paper.py", name).config(CLASSES).model
    config.backbone.init_cfg = None
    model = MODELS.build(config).train()
    label_map = torch.arange(4).view(1, 2, 2).repeat_interleave(SIDE // 2, 1).repeat_interleave(SIDE // 2, 2)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label_map)) for _ in range(2)]
    with Operators() as operators:
        losses = model.loss(torch.rand(2, 3, SIDE, SIDE), samples)
        sum(value for key, value in losses.items() if "loss" in key).backward()
    return operators


@pytest.fixture(scope="module")
def steps() -> dict[str, Operators]:
    return {name: step(name) for name in MODEL_NAMES}


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_step_launches_few_kernels(steps, name):
    assert steps[name].kernels < 5900


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_features_are_upsampled_once_and_never_to_their_own_size(steps, name):
    """31 times in the backbone, 3 times for each of the heads and branches, and 2 times at the end."""
    assert steps[name].named("aten.upsample_bilinear2d.") <= (40 if name == "ocrnet" else 44)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_no_number_is_read_back_from_the_gpu(steps, name):
    """The two numbers are drawn on the CPU: where a head samples the labels, a row and a column."""
    assert steps[name].named(*WAITS) == 2


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_few_masks_select_pixels(steps, name):
    """2 in mmseg's accuracy of the coarse head; with an edge branch 3 in the attention, 2 in mmseg's BoundaryLoss."""
    assert steps[name].named(MASK) <= (2 if name == "ocrnet" else 7)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_all_classes_are_sorted_at_once(steps, name):
    assert steps[name].named("aten.sort") == 2
