import re
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.model_file import checkpoint_file
from face_parsing.segmenter.backbone import SEHRNet
from face_parsing.segmenter.building import model_config
from face_parsing.training.pretrained import load_pretrained

MINI = Path("configs/segmenter/mini.py")
INITIAL = "not in it, so as initialised: "


def plain_hrnet() -> dict[str, torch.Tensor]:
    """The weights of a backbone without SE, as mmseg's published ones are named."""
    torch.manual_seed(1)
    backbone = Config.fromfile(MINI).model.backbone
    backbone.pop("type")
    return SEHRNet(**backbone, se=False).state_dict()


@pytest.fixture
def model() -> torch.nn.Module:
    init_default_scope("mmseg")
    model = MODELS.build(model_config(MINI, "eanet_cat", 18).model)
    model.init_weights()
    return model


def test_a_plain_hrnets_weights_fill_the_backbone_and_leave_the_excitations_as_they_were(model, tmp_path):
    weights = plain_hrnet()
    torch.save(weights, tmp_path / "imagenet.pth")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    report = load_pretrained(str(tmp_path / "imagenet.pth"), model).splitlines()
    for name, tensor in model.state_dict().items():
        section, _, rest = name.partition(".")
        assert torch.equal(tensor, weights[rest] if section == "backbone" and ".se." not in name else before[name])
    assert report[0].endswith(f": {len(weights)} of its {len(weights)} tensors loaded, into a model of {len(before)}")
    left = [line.strip().removeprefix(INITIAL) for line in report[1:]]
    assert "backbone.layer*.*.se.conv*.conv (4)" in left
    assert all(".se." in layer or layer.startswith("decode_head.") for layer in left)


def test_what_does_not_fit_is_told_by_layer_and_left_alone(model, tmp_path):
    weights = plain_hrnet()
    weights["conv1.weight"] = torch.zeros(64, 3, 3, 3)
    weights["classifier.weight"], weights["classifier.bias"] = torch.zeros(1000, 2048), torch.zeros(1000)
    torch.save({"state_dict": weights}, tmp_path / "imagenet.pth")
    before = model.backbone.conv1.weight.clone()
    report = load_pretrained(str(tmp_path / "imagenet.pth"), model)
    assert torch.equal(model.backbone.conv1.weight, before)
    assert "  not of the model, or of another shape: backbone.classifier (2)\n" in report
    assert "  not of the model, or of another shape: backbone.conv* (1)" in report
    assert f"  {INITIAL}backbone.conv* (1)\n" in report


def test_the_class_weights_of_other_data_are_left(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "whole.pth")
    model.decode_head[-1].log_class_weight.fill_(0.5)
    torch.nn.init.zeros_(model.decode_head[-1].conv_seg.weight)
    report = load_pretrained(str(tmp_path / "whole.pth"), model)
    assert (model.decode_head[-1].log_class_weight == 0.5).all()
    assert model.decode_head[-1].conv_seg.weight.any()
    assert len(report.splitlines()) == 1


def test_a_checkpoint_that_lacks_the_normalisations_counters_is_whole(model, tmp_path):
    weights = {name: tensor for name, tensor in model.state_dict().items() if "num_batches_tracked" not in name}
    torch.save(weights, tmp_path / "old.pth")
    assert len(load_pretrained(str(tmp_path / "old.pth"), model).splitlines()) == 1


def test_mmengines_names_lead_to_their_urls(model, monkeypatch, tmp_path):
    asked = []

    def downloaded(url: str, file: str, digest: str) -> None:
        asked.append((url, digest))
        torch.save(plain_hrnet(), file)

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", downloaded)
    for _ in range(2):  # the second time it is there
        load_pretrained("open-mmlab://msra/hrnetv2_w48", model)
    checkpoint_file("torchvision://resnet50")
    (hrnet, resnet) = asked
    assert hrnet[0].startswith("https://") and hrnet[0].endswith("/hrnetv2_w48-d2186c55.pth")
    assert hrnet[1] == "d2186c55"
    assert resnet == ("https://download.pytorch.org/models/resnet50-0676ba61.pth", "0676ba61")


def test_without_a_network_one_line_says_which_file_to_put_where(monkeypatch, tmp_path):
    def fails(*_) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    told = r"^torchvision://resnet50: https://\S+ can't be had \(no route\); expected a network, or the file "
    with pytest.raises(UserError, match=told + re.escape(str(tmp_path / "checkpoints/resnet50-0676ba61.pth"))):
        checkpoint_file("torchvision://resnet50")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("open-mmlab://msra/hrnetv2_w49", r"mmengine knows no such model; expected one such as msra/hrnetv2_w4"),
        ("gopher://x/y.pth", "unknown kind of URL; expected http, https, open-mmlab, openmmlab, mmcls"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(model, source, message):
    with pytest.raises(UserError, match=f"^{source}: {message}"):
        load_pretrained(source, model)


def test_weights_of_another_network_are_refused(model, tmp_path):
    torch.save({"line.weight": torch.zeros(1, 1)}, tmp_path / "line.pth")
    with pytest.raises(UserError, match="none of its weights fits the configured model"):
        load_pretrained(str(tmp_path / "line.pth"), model)
