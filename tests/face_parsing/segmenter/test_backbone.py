import pytest
import torch
from mmengine.config import Config
from mmseg.models.backbones import HRNet

from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.backbone import SEHRNet


@pytest.fixture
def extra() -> dict:
    return Architecture("configs/segmenter/se_hrnet/mini.py", "ocrnet").config(18).model.backbone.extra


def test_without_se_it_is_mmsegs_hrnet(extra):
    torch.manual_seed(0)
    theirs, ours = HRNet(extra), SEHRNet(extra, se=False)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    image = torch.rand(1, 3, 64, 96)
    theirs.eval(), ours.eval()
    with torch.no_grad():
        for a, b in zip(ours(image), theirs(image), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_se_adds_only_keys_of_its_own(extra):
    plain, se = HRNet(extra).state_dict(), SEHRNet(extra).state_dict()
    assert set(plain) < set(se)
    assert all(".se." in key for key in set(se) - set(plain))


def test_se_starts_near_the_identity(extra):
    backbone = SEHRNet(extra)
    backbone.init_weights()
    block = backbone.stage2[0].branches[0][0]
    x = torch.rand(2, block.conv1.in_channels, 8, 8)
    torch.testing.assert_close(block.se(x), 0.9 * x)


def test_excitation_weighs_channels_in_the_block(extra):
    block = SEHRNet(extra).stage2[0].branches[0][0].eval()
    x = torch.rand(1, block.conv1.in_channels, 8, 8)
    torch.nn.init.constant_(block.se.conv2.conv.bias, -3)  # hsigmoid(-3) = 0: the residual vanishes
    torch.testing.assert_close(block(x), x.relu())


def test_a_narrow_stem_is_as_wide_as_asked():
    config = Config.fromfile("configs/segmenter/se_hrnet/mini.py").model.backbone
    config.pop("type")
    backbone = SEHRNet(**config)
    assert backbone.conv1.out_channels == backbone.conv2.out_channels == config.stem_channels
    assert [f.shape[1] for f in backbone(torch.rand(2, 3, 64, 64))] == list(config.extra.stage4.num_channels)
