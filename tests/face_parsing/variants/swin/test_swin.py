from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.models.backbones import SwinTransformer
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.segmenter.architecture import Architecture

pytestmark = pytest.mark.integration

SWIN = Path("configs/segmenter/swin")
CONFIGS = sorted(SWIN.glob("*.py"))
CLASSES = 5


def config(coarse_head: str = "fcn") -> Config:
    init_default_scope("mmseg")
    config = Architecture(SWIN / "mini.py", "eanet_cat", coarse_head=coarse_head).config(CLASSES)
    config.model.data_preprocessor.size = (96, 96)
    config.optim_wrapper.optimizer.lr = 0.001
    return config


def built(coarse_head: str = "fcn", **backbone) -> torch.nn.Module:
    torch.manual_seed(0)
    model = config(coarse_head).model
    model.backbone.update(backbone)
    model = MODELS.build(model)
    model.init_weights()
    return model


def batch(side: int = 96) -> dict:
    torch.manual_seed(1)
    label_maps = torch.randint(0, CLASSES, (2, 1, side, side))
    samples = [SegDataSample(gt_sem_seg=PixelData(data=each)) for each in label_maps]
    return dict(inputs=list(torch.randint(0, 255, (2, 3, side, side))), data_samples=samples)


def trained(model: torch.nn.Module, steps: int = 2) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The losses of some steps, and the weights after them."""
    wrapper = build_optim_wrapper(model, config().optim_wrapper)
    torch.manual_seed(2)
    losses = [float(model.train_step(batch(), wrapper)["loss"].detach()) for _ in range(steps)]
    return losses, model.state_dict()


@pytest.mark.parametrize("side", [96, 128, 160])
def test_its_features_lie_over_each_other_at_every_side_of_the_input(side):
    # At 96 and 160 the last stages' sides are no multiples of the window's.
    with torch.no_grad():
        features = built().backbone(torch.rand(1, 3, side, side))
    assert [tuple(each.shape[1:]) for each in features] == [
        (channels, side // stride, side // stride)
        for channels, stride in zip(config().channels, (4, 8, 16, 32), strict=True)
    ]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_what_has_no_weight_decay_is_as_published(path):
    init_default_scope("mmseg")
    of_config = Architecture(path, MODEL_NAMES[0]).config(CLASSES)
    of_config.optim_wrapper.optimizer.lr = 0.001
    # Its depth changes nothing, and costs the time.
    of_config.model.backbone.update(depths=(1, 1, 1, 1))
    model = MODELS.build(of_config.model)
    groups = build_optim_wrapper(model, of_config.optim_wrapper).optimizer.param_groups
    decay = {id(weights): group["weight_decay"] for group in groups for weights in group["params"]}
    without = [name for name, weights in model.named_parameters() if decay[id(weights)] == 0]
    kinds = ("norm", "relative_position_bias_table")
    assert without == [name for name, _ in model.named_parameters() if any(kind in name for kind in kinds)]
    assert len(without) > 20
    assert all(name.startswith("backbone.") for name in without)


def test_it_learns_the_same_with_activations_computed_twice():
    plain, twice = (trained(built(with_cp=with_cp)) for with_cp in (False, True))
    assert twice[0] == pytest.approx(plain[0], rel=1e-4)
    assert plain[0][1] < plain[0][0]


@pytest.mark.parametrize("coarse_head", ["fcn", "panoptic_fpn"])
def test_the_same_seed_gives_the_same_bits(coarse_head):
    (losses, one), (again, other) = (trained(built(coarse_head)) for _ in range(2))
    assert losses == again
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_it_is_mmsegs():
    assert type(built().backbone) is SwinTransformer
