"""A real network behind the gate: one bad frame costs those after it nothing."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

import face_parsing.training.muon  # noqa: F401  # for its registration in mmengine's registry
from face_parsing.clips.face_table import Face
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.core.parameters import read
from face_parsing.geometry.squares import Crop, cut, square
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.metrics.region import confusion_matrix, region_similarity
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import TrainedNetwork
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterTraining
from face_parsing.segmenter.parameters import SegmenterSchedule as Schedule
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip
from face_parsing.variants.mask_propagation.following import follow
from face_parsing.variants.mask_propagation.guidance import backward_flow

LABELS = read_labels(Path("configs/labels.yaml"))
FRAMES, BAD = 6, 2
SIDE, STEPS = 96, 200


def clip() -> tuple[list[np.ndarray], list[np.ndarray], list[list[Face]]]:
    """Frames of a rendered clip, their label maps, and their faces."""
    plain = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    domain_randomization = DomainRandomization(
        people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    once, frames = PerSplit(train=1, val=1, test=1), PerSplit(train=FRAMES, val=1, test=1)
    size = RenderedClips(count=once, frames=frames, width=256, height=192, domain_randomization=domain_randomization)
    images, label_maps = zip(
        *render_clip(Synthetic(seed=0, smallest_face=0.3, **plain), size, LABELS, "train", 0), strict=True
    )
    faces = []
    for label_map in label_maps:
        x, y, width, height = cv2.boundingRect(np.uint8(label_map > 0))
        faces.append([Face((float(x), float(y), float(x + width), float(y + height)), 0.9, "detected")])
    return list(images), list(label_maps), faces


def learnt_by_heart(images: list[np.ndarray], label_maps: list[np.ndarray], faces: list[list[Face]]) -> Segmenter:
    """A gated OCRNet that has seen these frames, each with the one before, and little else."""
    init_default_scope("mmseg")
    torch.manual_seed(0)
    schedule = read("profiles.mini.segmenter", Schedule).model_copy(update={"crop_size": SIDE})
    config = segmenter_config(
        Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet", mask_propagation="gated"),
        read("seg.train", SegmenterTraining),
        CropTraining(
            Path("unused"), LABELS, [1.0] * len(LABELS), schedule, STEPS, Augmentation(swap=True, partial=0.0)
        ),
    )
    model = MODELS.build(config.model)
    model.init_weights()
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    places = [square(face.box, 0.0) for (face,) in faces]
    crops = [resized_image(cut(*each, 114), (SIDE, SIDE)) for each in zip(images, places, strict=True)]
    inputs = [torch.from_numpy(crop.transpose(2, 0, 1).copy()) for crop in crops]
    samples = []
    for number, (label_map, place) in enumerate(zip(label_maps, places, strict=True)):
        before = number - 1 if number else 1
        truth = resized_labels(cut(label_map, place, IGNORE_INDEX, resized_labels), (SIDE, SIDE))
        flow = torch.from_numpy(backward_flow(crops[before], crops[number]).transpose(2, 0, 1))
        sample = SegDataSample(gt_sem_seg=PixelData(data=torch.from_numpy(truth.astype(np.int64))[None]))
        sample.set_data({"paired_frame": PixelData(image=inputs[before], flow=flow)})
        samples.append(sample)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        wrapper.optimizer, schedule.lr, total_steps=STEPS, pct_start=0.05, cycle_momentum=False
    )
    for _ in range(STEPS):
        model.train_step({"inputs": inputs, "data_samples": samples}, wrapper)
        rate.step()
    size = SegmenterInput(batch_size=1, crop_size=SIDE, logit_adjustment=0.0)
    views = SegmenterTest(scales=[1.0], flip=False, resize="logits")
    use = SegmenterUse(Crop(margin=0.0, pad_value=114), size, views, probabilities=True)
    return Segmenter(TrainedNetwork(model.eval()), LABELS, use)


def j(label_map: np.ndarray, truth: np.ndarray) -> float:
    """J of a label map, the mean over the truth's classes."""
    return float(region_similarity(confusion_matrix(truth, label_map))[np.unique(truth[truth > 0])].mean())


@pytest.mark.slow
def test_after_a_frame_of_noise_a_clip_goes_on_as_if_it_had_not_been():
    images, label_maps, faces = clip()
    segmenter = learnt_by_heart(images, label_maps, faces)

    def parsed() -> list[np.ndarray]:
        return [prediction.label_map for _, (prediction,) in follow([segmenter], images, faces)]

    unharmed = parsed()
    images[BAD] = np.random.default_rng(0).integers(0, 256, images[BAD].shape, np.uint8)
    found = parsed()
    alone = [segmenter([image], [of_frame])[0].label_map for image, of_frame in zip(images, faces, strict=True)]
    assert j(found[BAD], label_maps[BAD]) < 0.2
    np.testing.assert_array_equal(found[BAD + 1], alone[BAD + 1])
    for after in range(BAD + 2, FRAMES):
        assert j(found[after], label_maps[after]) >= j(unharmed[after], label_maps[after]) - 0.005
        assert (found[after] != alone[after]).any()
