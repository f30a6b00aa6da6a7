"""A label map as instances, and what instances make of it again."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData
from mmseg.structures import SegDataSample

from face_parsing.checkpoints.model_file import save_model
from face_parsing.clips.face_table import Face
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.detector.config import build_detector, detector_config
from face_parsing.geometry.squares import Crop
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parsing.crop_scores import crop_scores
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import TrainedNetwork
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule
from face_parsing.segmenter.training_config import CropTraining
from face_parsing.training.parameters import Training
from face_parsing.training.runner import Plan, train
from face_parsing.variants.mask_rcnn.network import load_parser, parts_config, pasted
from face_parsing.variants.mask_rcnn.training import mask_rcnn_config
from face_parsing.variants.mask_rcnn.transforms import instances_of

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))
PARTS = len(LABELS) - 1
MINI = read("profiles.mini.segmenter", SegmenterSchedule).model_copy(update={"batch_size": 2, "crop_size": 64})
USE = SegmenterUse(
    Crop(margin=0.0, pad_value=114),
    SegmenterInput(batch_size=1, crop_size=32, logit_adjustment=0.0),
    SegmenterTest(scales=[1.0], flip=True, resize="logits"),
    probabilities=True,
)
SKIN, LEFT, RIGHT = (LABELS.id_of(name) for name in ("skin", "left_eye", "right_eye"))


def face(height: int = 64) -> np.ndarray:
    """A label map (height, height) of skin with the eyes of somebody who faces us."""
    label_map = np.zeros((height, height), np.uint8)
    label_map[8:-8, 8:-8] = SKIN
    label_map[20:28, 16:24], label_map[20:28, 40:48] = RIGHT, LEFT
    return label_map


def config_of(name: str = "mini", crops: Path = Path("unused"), micro_steps: int = 9) -> Config:
    schedule = MINI.model_copy(update={"lr": 0.5})
    data = Architecture(Path(f"configs/segmenter/se_hrnet/{name}.py"), "ocrnet")
    weights, augmentation = [1.0] * len(LABELS), Augmentation(swap=True, partial=0.1)
    training = CropTraining(crops, LABELS, weights, schedule, micro_steps, augmentation)
    return mask_rcnn_config(Path(f"configs/parts/{name}.py"), data, training)


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(parts_config(Path("configs/parts/mini.py"), len(LABELS)).model)


def test_a_class_is_one_instance_however_many_pieces_and_ignored_pixels_are_of_none():
    label_map = np.zeros((6, 10), np.uint8)
    label_map[1, 2], label_map[4, 7] = 5, 5
    label_map[2:4, 3:5] = 3
    label_map[5] = 255
    found = instances_of(label_map)
    assert found.labels.tolist() == [2, 4]
    assert found.bboxes.tolist() == [[3, 2, 5, 4], [2, 1, 8, 5]]
    np.testing.assert_array_equal(found.masks.masks, [label_map == 3, label_map == 5])


def test_a_crop_of_background_alone_has_no_instance():
    found = instances_of(np.zeros((6, 10), np.uint8))
    assert (found.bboxes.shape, found.labels.shape, found.masks.masks.shape) == ((0, 4), (0,), (0, 6, 10))


def test_in_a_mirror_image_the_eyes_have_swapped_their_labels(tmp_path):
    write_jpeg(tmp_path / "face.jpg", np.zeros((64, 64, 3), np.uint8))
    write_label_map(tmp_path / "face.png", face(), LABELS)
    init_default_scope("mmseg")
    kept = {"LoadImageFromFile", "LoadAnnotations", "RandomFlip", "PackSegInputs", "PartInstances"}
    steps = [dict(step) for step in config_of().train_dataloader.dataset.pipeline if step["type"] in kept]
    assert {step["type"] for step in steps} == kept
    next(step for step in steps if step["type"] == "RandomFlip")["prob"] = 1.0
    paths = dict(img_path=tmp_path / "face.jpg", seg_map_path=tmp_path / "face.png")
    found = Compose(steps)(paths | dict(reduce_zero_label=False, seg_fields=[]))["data_samples"].gt_instances
    boxes = dict(zip((found.labels + 1).tolist(), found.bboxes.tolist(), strict=True))
    # On the image's left, where the subject's right eye was and now is again.
    assert boxes[RIGHT] == [16, 20, 24, 28] and boxes[LEFT] == [40, 20, 48, 28]


def paste(*instances: tuple[int, float, list[float]]) -> list[int]:
    """The classes of a row of pixels, for instances of a part, a score, and the probabilities of the pixels."""
    labels, scores, masks = zip(*instances, strict=True)
    rows = torch.tensor(masks)[:, None]
    return pasted(rows, torch.tensor(scores), torch.tensor(labels), parts=3).argmax(dim=0)[0].tolist()


def test_no_instance_is_background():
    nothing = torch.zeros(0, 2, 3), torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    scores = pasted(*nothing, parts=3)
    assert scores.shape == (4, 2, 3) and (scores.argmax(dim=0) == 0).all()


def test_a_pixel_is_of_the_part_whose_mask_holds_it_however_low_its_score():
    assert paste((0, 0.1, [0.9, 0.6, 0.5, 0.2])) == [1, 1, 0, 0]


def test_of_several_instances_of_a_class_the_highest_score_counts():
    assert paste((1, 0.6, [0.9, 0.0]), (1, 0.8, [0.0, 0.9]), (1, 0.7, [0.9, 0.9])) == [0, 2]


def test_a_small_part_lies_on_a_large_one_of_a_higher_score():
    assert paste((0, 0.9, [0.9] * 6), (1, 0.6, [0.0, 0.9, 0.9, 0.0, 0.0, 0.0])) == [1, 2, 2, 1, 1, 1]


def test_an_unsure_small_part_does_not():
    assert paste((0, 0.9, [0.9] * 6), (1, 0.3, [0.0, 0.9, 0.9, 0.0, 0.0, 0.0])) == [1] * 6


def test_of_two_parts_of_one_size_each_has_the_pixels_that_its_mask_is_surer_of():
    assert paste((0, 0.8, [0.9, 0.8, 0.6]), (1, 0.8, [0.6, 0.7, 0.9])) == [1, 1, 2]


def test_of_equal_parts_the_first_of_the_label_table_is_in_front():
    assert paste((2, 0.5, [0.8]), (1, 0.5, [0.8])) == [2]


def test_a_part_whose_mask_does_not_hold_a_pixel_hides_none_that_does():
    assert paste((0, 1.0, [0.45]), (1, 0.5, [0.6])) == [2]


@pytest.mark.parametrize("name", ["mini", "release", "small", "paper"])
def test_all_configs_are_mask_rcnn_with_resnet50_and_fpn_for_every_class_but_the_background(name):
    config = config_of(name)
    model = config.model
    assert (model.type, model.backbone.type, model.backbone.depth, model.neck.type) == (
        "PartsRCNN",
        "ResNet",
        50,
        "FPN",
    )
    assert model.roi_head.bbox_head.num_classes == model.roi_head.mask_head.num_classes == PARTS
    assert model.backbone.init_cfg is None
    assert config.optim_wrapper.optimizer.lr == 0.5
    assert max(rate["end"] for rate in config.param_scheduler) == 9


@pytest.mark.parametrize("name", ["mini", "release", "small", "paper"])
def test_the_detectors_backbone_and_pyramid_fit(name):
    parts = MODELS.build(config_of(name).model)
    detector = build_detector(detector_config(Path(f"configs/detector/{name}.py"), pretrained=False)).state_dict()
    shared = [key for key in parts.state_dict() if key.startswith(("backbone.", "neck."))]
    assert all(detector[key].shape == parts.state_dict()[key].shape for key in shared)


def test_a_gradient_reaches_every_parameter_from_a_face_and_from_a_crop_without_one():
    model = network()
    for label_maps in ([face(), np.zeros((64, 64), np.uint8)], [np.zeros((64, 64), np.uint8)]):
        samples = [SegDataSample(metainfo=dict(img_shape=(64, 64))) for _ in label_maps]
        for sample, label_map in zip(samples, label_maps, strict=True):
            sample.gt_instances = instances_of(label_map)
        images = [torch.full((3, 64, 64), 90, dtype=torch.uint8) for _ in label_maps]
        data = model.data_preprocessor(dict(inputs=images, data_samples=samples), training=True)
        model.zero_grad()
        loss, _ = model.parse_losses(model(**data, mode="loss"))
        loss.backward()
        assert torch.isfinite(loss)
        assert [name for name, weights in model.named_parameters() if weights.grad is None] == []


def test_a_crop_has_scores_of_every_class_at_the_networks_size_that_is_each_views_mean():
    model = network().eval()
    crops = [np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8) for side in (50, 90)]
    mirrored = LABELS.mirrored[: len(LABELS)].tolist()
    scores = crop_scores(TrainedNetwork(model), crops, 64, (1.0, 1.5), mirrored, probabilities=True)
    assert scores.shape == (2, len(LABELS), 64, 64)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_the_layout_of_the_images_in_memory_changes_no_score():
    model = network().eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        plain, last = (model(each) for each in (images, images.contiguous(memory_format=torch.channels_last)))
    assert torch.equal(plain, last)


def test_a_frame_has_a_label_map_in_which_the_parts_lie_where_the_face_was_cut_out():
    class Sure:
        """Finds skin in all of a crop's upper half."""

        guided = gated = False

        def __call__(self, images: np.ndarray, masks: None = None) -> np.ndarray:
            mask = torch.zeros(1, *images.shape[1:3])
            mask[:, : images.shape[1] // 2] = 1.0
            scores = pasted(mask, torch.tensor([0.9]), torch.tensor([SKIN - 1]), PARTS)
            return np.stack([scores.log().numpy() for _ in images])

    parse = Segmenter(Sure(), LABELS, USE)
    (prediction,) = parse([np.zeros((60, 80, 3), np.uint8)], [[Face((10.0, 10.0, 50.0, 50.0), 0.9, "detected")]])
    expected = np.zeros((60, 80), np.uint8)
    expected[10:30, 10:50] = SKIN
    np.testing.assert_array_equal(prediction.label_map, expected)


def test_a_model_file_of_other_labels_is_refused(tmp_path):
    save_model(tmp_path / "model.pth", network(), ["face"])
    with pytest.raises(PipelineError, match="trained for the labels"):
        load_parser(Path("configs/parts/mini.py"), tmp_path / "model.pth", LABELS, USE)


def test_two_trainings_give_the_same_weights_and_score_the_val_split(tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for number in range(2):
            write_jpeg(tmp_path / split / f"images/{number}.jpg", rng.integers(0, 255, (96, 96, 3), np.uint8))
            write_label_map(tmp_path / split / f"labels/{number}.png", face(96), LABELS)
    training = Training(gpus=1, precision="auto", compile=False, deterministic=False, keep="last")

    def trained(name: str) -> dict[str, torch.Tensor]:
        folder = tmp_path / name
        plan = Plan(iterations=2, seed=0, validations=1)
        return train(config_of("mini", tmp_path, 2), plan, training, folder / "curves", folder / "state").state_dict()

    once, again = trained("once"), trained("again")
    assert all(torch.equal(weights, again[name]) for name, weights in once.items())
    assert (tmp_path / "once/curves/plots/metrics/J.tsv").is_file()


def test_the_samples_hold_what_the_metric_of_the_segmenters_reads():
    sample = SegDataSample(metainfo=dict(ori_shape=(40, 40), img_shape=(64, 64)))
    sample.gt_instances = InstanceData()
    (predicted,) = network().eval().predict(torch.zeros(1, 3, 64, 64), [sample])
    assert predicted.pred_sem_seg.data.shape == (1, 40, 40)
