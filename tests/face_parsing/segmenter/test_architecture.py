from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from face_parsing.checkpoints.model_file import save_model
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.parameters import read
from face_parsing.geometry.squares import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.parsing.trained_network import load_segmenter
from face_parsing.segmenter.architecture import ALL_LAYERS, Architecture
from face_parsing.segmenter.edge import boundary_map
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneTraining,
    Layers,
    LossWeights,
    SegmenterSchedule,
    SegmenterTraining,
)
from face_parsing.segmenter.training_config import CropTraining, backbone_config, segmenter_config

LABELS = read_labels(Path("configs/labels.yaml"))
WEIGHTS = [1.0 + i for i in range(18)]
SCHEDULE = read("profiles.mini.segmenter", SegmenterSchedule)
CONFIGS = sorted(Path("configs/segmenter").glob("*/*.py"))


def crop_training(schedule: SegmenterSchedule, micro_steps: int) -> CropTraining:
    augmentation = Augmentation(swap=True, partial=0.1)
    return CropTraining(Path("unused"), LABELS, WEIGHTS, schedule, micro_steps, augmentation)


def id_of(config: Path) -> str:
    return f"{config.parent.name}-{config.stem}"


@pytest.mark.parametrize("path", CONFIGS, ids=id_of)
def test_each_loss_has_the_weight_of_its_own_parameter(path):
    training = read("seg.train", SegmenterTraining)
    training = training.model_copy(update={"loss": LossWeights(lovasz=0.5, aux=0.1, seg=0.2, edge=0.3, attention=0.4)})
    coarse, final = segmenter_config(
        Architecture(path, "eanet_cat"), training, crop_training(SCHEDULE, 9)
    ).model.decode_head
    assert [loss.loss_weight for loss in coarse.loss_decode] == [0.1, 0.05]
    assert [loss.loss_weight for loss in final.loss_decode] == [0.2, 0.1]
    assert (final.loss_edge.loss_weight, final.loss_attention.loss_weight) == (0.3, 0.4)
    for cross_entropy in (coarse.loss_decode[0], final.loss_decode[0], final.loss_attention):
        assert cross_entropy.class_weight == WEIGHTS


@pytest.mark.parametrize("path", CONFIGS, ids=id_of)
def test_the_backbones_losses_too(path):
    training = read("seg.pretrain", BackboneTraining).model_copy(update={"lovasz": 0.25})
    (coarse,) = backbone_config(
        Architecture(path, MODEL_NAMES[0]), training, crop_training(SCHEDULE, 9)
    ).model.decode_head
    assert [loss.get("loss_weight", 1) for loss in coarse.loss_decode] == [1, 0.25]
    assert coarse.loss_decode[0].class_weight == WEIGHTS


def test_cross_entropies_are_means_over_labelled_pixels_weighted_by_class():
    training = read("seg.train", SegmenterTraining)
    training = training.model_copy(update={"loss": LossWeights(lovasz=1, aux=1, seg=1, edge=1, attention=1)})
    init_default_scope("mmseg")
    layers = Layers(detail=False, dense_layers=True)
    config = segmenter_config(Architecture(CONFIGS[0], "eanet_cat", layers), training, crop_training(SCHEDULE, 9))
    model = MODELS.build(config.model).eval()
    image, label_map = torch.rand(1, 3, 64, 64), torch.arange(16).repeat_interleave(4).expand(1, 64, 64).clone()
    label_map[:, 40:] = 255
    with torch.no_grad():
        logits = model(image, mode="tensor")
        losses = model.loss(image, [SegDataSample(gt_sem_seg=PixelData(data=label_map))])
    boundary = boundary_map(label_map, 1, 255)  # a share of 0.005 is less than a pixel, which is the least
    weight = torch.tensor(WEIGHTS)
    at_boundary = label_map.masked_fill(boundary != 1, 255)
    torch.testing.assert_close(losses["seg.loss_ce"], F.cross_entropy(logits, label_map, weight, ignore_index=255))
    attention = F.cross_entropy(logits, at_boundary, weight, ignore_index=255)
    torch.testing.assert_close(losses["seg.loss_attention"], attention)


@pytest.mark.parametrize("path", CONFIGS, ids=id_of)
def test_the_schedule_ends_with_the_training(path):
    schedule = SCHEDULE.model_copy(update={"lr": 0.03})
    config = segmenter_config(
        Architecture(path, "ocrnet"), read("seg.train", SegmenterTraining), crop_training(schedule, 70)
    )
    assert config.param_scheduler[-1]["end"] == 70
    assert config.optim_wrapper.optimizer.lr == 0.03 * config.get("lr_scale", 1)
    assert ("lr_scale" in config) == (path.parent.name == "swin")
    backbone = read("seg.pretrain", BackboneTraining)
    assert (
        backbone_config(Architecture(path, MODEL_NAMES[0]), backbone, crop_training(SCHEDULE, 0)).param_scheduler == []
    )


@pytest.mark.parametrize("path", CONFIGS, ids=id_of)
def test_a_backbones_rate_never_falls(path):
    config = backbone_config(
        Architecture(path, MODEL_NAMES[0]), read("seg.pretrain", BackboneTraining), crop_training(SCHEDULE, 100)
    )
    assert {rate["type"] for rate in config.param_scheduler} <= {"LinearLR"}


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize("path", CONFIGS, ids=id_of)
def test_all_that_the_backbones_training_learns_fits_into_every_model(path, name):
    init_default_scope("mmseg")
    # mmseg's Swin reads numbers off a tensor, which has none on the device meta.
    with torch.device("cpu" if path.parent.name == "swin" else "meta"):
        backbone = backbone_config(
            Architecture(path, MODEL_NAMES[0]), read("seg.pretrain", BackboneTraining), crop_training(SCHEDULE, 9)
        )
        first = MODELS.build(backbone.model)
        model = MODELS.build(Architecture(path, name).config(len(LABELS)).model)
    learnt = {name: tensor.shape for name, tensor in first.state_dict().items()}
    assert learnt.items() <= {name: tensor.shape for name, tensor in model.state_dict().items()}.items()
    assert {name.split(".")[0] for name in learnt} == {"backbone", "decode_head"}


@pytest.mark.parametrize("layer", ["detail", "dense_layers"])
def test_a_model_can_do_without_some_layers(layer):
    init_default_scope("mmseg")
    with torch.device("meta"):
        refined, plain = (
            MODELS.build(
                Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "eanet_cat", layers).config(18).model
            ).state_dict()
            for layers in (ALL_LAYERS, ALL_LAYERS.model_copy(update={layer: False}))
        )
    assert {name for name in refined if f".{layer}." not in name} == plain.keys() < refined.keys()


def test_a_model_of_another_name_is_refused(tmp_path):
    mini, file = Path("configs/segmenter/se_hrnet/mini.py"), tmp_path / "model.pth"
    init_default_scope("mmseg")
    save_model(file, MODELS.build(Architecture(mini, MODEL_NAMES[0]).config(len(LABELS)).model), LABELS.names)
    views = SegmenterTest(scales=[1.0], flip=False, resize="logits")
    size = SegmenterInput(batch_size=1, crop_size=64, logit_adjustment=0.0)
    use = SegmenterUse(Crop(margin=0.0, pad_value=114), size, views, probabilities=False)
    load_segmenter(Architecture(mini, MODEL_NAMES[0]), file, LABELS, use)
    with pytest.raises(PipelineError, match="do not fit the configured model"):
        load_segmenter(Architecture(mini, "eanet_cat"), file, LABELS, use)
