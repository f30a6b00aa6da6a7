import re
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.checkpoints.model_file import checkpoint_file, save_model
from face_parsing.core.errors import PipelineError
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.backbone import SEHRNet

MINI = Path("configs/segmenter/se_hrnet/mini.py")
INITIAL = "not in it, left as initialized: "


def load(
    source: Path | str, model: torch.nn.Module, labels: list[str] | None = None, backbone: str = "se_hrnet"
) -> str:
    """Load a checkpoint as a segmenter's training does; returns its report."""
    pretrained = Architecture(MINI, "eanet_cat", backbone=backbone).pretrained([str(source)], labels or [])
    (report,) = pretrained.load(model)
    return report


def plain_hrnet() -> dict[str, torch.Tensor]:
    """The weights of a backbone without SE, as mmseg's published ones are named."""
    torch.manual_seed(1)
    backbone = Config.fromfile(MINI).model.backbone
    backbone.pop("type")
    return SEHRNet(**backbone, se=False).state_dict()


@pytest.fixture
def model() -> torch.nn.Module:
    init_default_scope("mmseg")
    model = MODELS.build(Architecture(MINI, "eanet_cat").config(18).model)
    model.init_weights()
    return model


def test_a_plain_hrnets_weights_fill_the_backbone_and_leave_the_excitations_as_they_were(model, tmp_path):
    weights = plain_hrnet()
    torch.save(weights, tmp_path / "imagenet.pth")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    report = load(tmp_path / "imagenet.pth", model).splitlines()
    for name, tensor in model.state_dict().items():
        section, _, rest = name.partition(".")
        assert torch.equal(tensor, weights[rest] if section == "backbone" and ".se." not in name else before[name])
    assert report[0].endswith(f": {len(weights)} of its {len(weights)} tensors loaded, into a model of {len(before)}")
    left = [line.strip().removeprefix(INITIAL) for line in report[1:]]
    assert "backbone.layer*.*.se.conv*.conv (4)" in left
    assert all(".se." in layer or layer.startswith("decode_head.") for layer in left)


def official(swin: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """mmseg's weights of a Swin Transformer as Microsoft's checkpoints name and order them."""
    names = {
        r"^stages": "layers",
        r"attn\.w_msa": "attn",
        r"ffn\.layers\.0\.0": "mlp.fc1",
        r"ffn\.layers\.1": "mlp.fc2",
        r"patch_embed\.projection": "patch_embed.proj",
    }
    renamed = {}
    for name, weight in swin.items():
        if re.match(r"norm\d", name):
            continue  # of the outputs, which a classifier lacks
        if "downsample" in name:
            # mmseg takes each channel of the four pixels in turn, row by row; Microsoft each pixel, column by column.
            pixels = weight.unflatten(-1, (-1, 4)).transpose(-1, -2)[..., [0, 2, 1, 3], :]
            weight = pixels.flatten(-2)
        for ours, theirs in names.items():
            name = re.sub(ours, theirs, name)
        renamed[name] = weight
    channels = renamed["layers.3.blocks.0.norm1.weight"].numel()
    attention_mask = {"layers.0.blocks.1.attn_mask": torch.zeros(64, 49, 49)}
    head = {"norm.weight": torch.ones(channels), "norm.bias": torch.zeros(channels)}
    return renamed | attention_mask | head | {"head.weight": torch.ones(9, channels), "head.bias": torch.zeros(9)}


def swin() -> torch.nn.Module:
    init_default_scope("mmseg")
    config = Architecture(Path("configs/segmenter/swin/paper.py"), "ocrnet").config(18).model.backbone
    return MODELS.build(config | dict(embed_dims=8, depths=(1, 2, 1, 1), num_heads=(1, 2, 2, 2), _scope_="mmseg"))


@pytest.mark.parametrize("layout", ["Microsoft's", "mmseg's", "in a classifier's state_dict"])
def test_all_that_the_published_swins_have_fills_the_backbone(tmp_path, layout):
    torch.manual_seed(1)
    trained, model = swin(), torch.nn.Module()
    for weights in trained.parameters():
        torch.nn.init.normal_(weights)
    model.backbone = swin()
    ours = trained.state_dict()
    published = {name: weight for name, weight in ours.items() if not re.match(r"norm\d", name)}
    torch.save(
        {
            "Microsoft's": {"model": official(ours)},
            "mmseg's": published,
            "in a classifier's state_dict": {"state_dict": {f"backbone.{k}": v for k, v in published.items()}},
        }[layout],
        tmp_path / "swin.pth",
    )
    before = {name: weight.clone() for name, weight in model.backbone.state_dict().items()}
    report = load(tmp_path / "swin.pth", model, backbone="swin")
    for name, weight in model.backbone.state_dict().items():
        assert torch.equal(weight, ours[name] if name in published else before[name]), name
    assert f"{len(published)} of its" in report
    assert [line for line in report.splitlines() if INITIAL in line] == [f"  {INITIAL}backbone.norm* (8)"]


def test_microsofts_weights_merge_patches_as_they_do_in_its_own_code(tmp_path):
    torch.manual_seed(1)
    trained, model = swin(), torch.nn.Module()
    for weights in trained.parameters():
        torch.nn.init.normal_(weights)
    model.backbone = swin()
    published = official(trained.state_dict())
    torch.save({"model": published}, tmp_path / "swin.pth")
    load(tmp_path / "swin.pth", model, backbone="swin")
    x = torch.rand(2, 6, 10, 8)
    # PatchMerging.forward of https://github.com/microsoft/Swin-Transformer.
    merged = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1).view(2, -1, 32)
    norm, bias, reduction = (
        published[f"layers.0.downsample.{name}"] for name in ("norm.weight", "norm.bias", "reduction.weight")
    )
    expected = F.linear(F.layer_norm(merged, (32,), norm, bias), reduction)
    found, size = model.backbone.stages[0].downsample(x.flatten(1, 2), (6, 10))
    torch.testing.assert_close(found, expected)
    assert size == (3, 5)


def test_what_does_not_fit_is_told_by_layer_and_left_alone(model, tmp_path):
    weights = plain_hrnet()
    weights["conv1.weight"] = torch.zeros(64, 3, 3, 3)
    weights["classifier.weight"], weights["classifier.bias"] = torch.zeros(1000, 2048), torch.zeros(1000)
    torch.save({"state_dict": weights}, tmp_path / "imagenet.pth")
    before = model.backbone.conv1.weight.clone()
    report = load(tmp_path / "imagenet.pth", model)
    assert torch.equal(model.backbone.conv1.weight, before)
    assert "  not of the model, or of another shape: backbone.classifier (2)\n" in report
    assert "  not of the model, or of another shape: backbone.conv* (1)" in report
    assert f"  {INITIAL}backbone.conv* (1)\n" in report


def test_the_class_weights_of_other_data_are_left(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "whole.pth")
    model.decode_head[-1].log_class_weight.fill_(0.5)
    torch.nn.init.zeros_(model.decode_head[-1].conv_seg.weight)
    report = load(tmp_path / "whole.pth", model)
    assert (model.decode_head[-1].log_class_weight == 0.5).all()
    assert model.decode_head[-1].conv_seg.weight.any()
    assert len(report.splitlines()) == 1


def test_a_checkpoint_that_lacks_the_normalisations_counters_is_whole(model, tmp_path):
    weights = {name: tensor for name, tensor in model.state_dict().items() if "num_batches_tracked" not in name}
    torch.save(weights, tmp_path / "old.pth")
    assert len(load(tmp_path / "old.pth", model).splitlines()) == 1


NAMES = [f"class{i}" for i in range(18)]


def save(path: Path, model: torch.nn.Module, labels: list[str]) -> str:
    save_model(path, model, labels)
    return str(path)


def logits(model: torch.nn.Module) -> torch.Tensor:
    torch.manual_seed(2)
    with torch.no_grad():
        return model.eval()(torch.rand(1, 3, 64, 64))


@pytest.fixture
def trained(model) -> torch.nn.Module:
    """A model none of whose weights is at its start: the correction of its dense layers starts at zero."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


def test_classes_in_another_order_are_found_by_their_names(trained, tmp_path):
    expected, source = logits(trained), save(tmp_path / "trained.pth", trained, NAMES)
    order = torch.randperm(18, generator=torch.Generator().manual_seed(0)).tolist()
    other = MODELS.build(Architecture(MINI, "eanet_cat").config(18).model)
    report = load(source, other, [NAMES[i] for i in order])
    torch.testing.assert_close(logits(other), expected[:, order], rtol=1e-4, atol=1e-4)
    assert report.splitlines()[1:] == ["  classes matched by name: 18 of 18"]


def test_classes_that_the_checkpoint_lacks_stay_as_they_were_and_are_told(trained, tmp_path):
    source = save(tmp_path / "trained.pth", trained, NAMES)
    labels = [NAMES[0], "hat", *NAMES[:0:-1][:10], "mask"]
    other = MODELS.build(Architecture(MINI, "eanet_cat").config(len(labels)).model)
    before = other.decode_head[-1].conv_seg.weight.clone()
    report = load(source, other, labels)
    ours, theirs = other.decode_head[-1], trained.decode_head[-1]
    mine = [i for i, name in enumerate(labels) if name in NAMES]
    same = [NAMES.index(labels[i]) for i in mine]
    assert torch.equal(ours.conv_seg.weight[mine], theirs.conv_seg.weight[same])
    first, of_first = (head.dense_layers.layers[0].conv.weight for head in (ours, theirs))
    assert torch.equal(first[:, mine], of_first[:, same])
    assert torch.equal(ours.conv_seg.weight[[1, -1]], before[[1, -1]])
    # The dense layers see the logits first, then the image.
    assert torch.equal(first[:, len(labels) :], of_first[:, 18:])
    assert report.splitlines()[1:] == [
        "  classes matched by name: 11 of 13",
        "  classes not in it, left as initialized: hat, mask",
    ]


def test_checkpoints_of_others_are_taken_by_shape_alone(trained, tmp_path):
    torch.save(trained.state_dict(), tmp_path / "others.pth")
    other = MODELS.build(Architecture(MINI, "eanet_cat").config(18).model)
    load(tmp_path / "others.pth", other, NAMES[::-1])
    torch.testing.assert_close(logits(other), logits(trained))


@pytest.mark.parametrize("labels", [{}, "skin", None, 3])
def test_labels_of_another_kind_name_no_classes(trained, tmp_path, labels):
    torch.save({"state_dict": trained.state_dict(), "labels": labels}, tmp_path / "odd.pth")
    assert "classes" not in load(tmp_path / "odd.pth", trained, NAMES[::-1])


def test_mmengines_names_lead_to_their_urls(model, monkeypatch, tmp_path):
    asked = []

    def downloaded(url: str, file: str, digest: str) -> None:
        asked.append((url, digest))
        torch.save(plain_hrnet(), file)

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", downloaded)
    for _ in range(2):  # the second time it is there
        load("open-mmlab://msra/hrnetv2_w48", model)
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
    told = r"^torchvision://resnet50: https://\S+ can't be downloaded \(no route\); expected a network, or the file "
    with pytest.raises(PipelineError, match=told + re.escape(str(tmp_path / "checkpoints/resnet50-0676ba61.pth"))):
        checkpoint_file("torchvision://resnet50")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("open-mmlab://msra/hrnetv2_w49", r"mmengine knows no such model; expected one such as msra/hrnetv2_w4"),
        ("gopher://x/y.pth", "unknown URL scheme; expected http, https, open-mmlab, openmmlab, mmcls"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(model, source, message):
    with pytest.raises(PipelineError, match=f"^{source}: {message}"):
        load(source, model)


def test_weights_of_another_network_are_refused(model, tmp_path):
    torch.save({"line.weight": torch.zeros(1, 1)}, tmp_path / "line.pth")
    with pytest.raises(PipelineError, match="none of its weights fits the configured model"):
        load(tmp_path / "line.pth", model)
