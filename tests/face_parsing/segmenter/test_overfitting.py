"""Every variant can learn four faces by heart: a fault in the wiring would show here."""

from collections.abc import Callable
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

import face_parsing.training.muon  # noqa: F401  (registers MuonConstructor)
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.metrics.scoring import score_clip, summarise
from face_parsing.parsing.compositing import upsampled_argmax
from face_parsing.parsing.crop_scores import crop_scores
from face_parsing.parsing.trained_network import TrainedNetwork
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

LABELS = read_labels(Path("configs/labels.yaml"))
FACES = 4
STEPS = 300
# The logits have half of the input's resolution, the features that they are made of a quarter. Faces drawn in blocks of
# four pixels are what these can reproduce: one-hot logits of a quarter, upsampled, have JF 0.977 on these.
BLOCK = 4
SIDE = 32 * BLOCK


def faces() -> list[tuple[np.ndarray, np.ndarray]]:
    """Crops (SIDE, SIDE, 3) of rendered faces, and their label maps (SIDE, SIDE)."""
    once = PerSplit(train=FACES, val=1, test=1)
    plain = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    domain_randomization = DomainRandomization(
        people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    clips = RenderedClips(count=once, frames=once, width=512, height=288, domain_randomization=domain_randomization)
    rendered = Synthetic(seed=0, smallest_face=0.08, **plain)
    pairs = []
    for number in range(FACES):
        image, label_map = next(iter(render_clip(rendered, clips, LABELS, "train", number)))
        x, y, width, height = cv2.boundingRect(np.uint8(label_map > 0))
        region = slice(y, y + height), slice(x, x + width)
        pairs.append((_blocks(image[region], resized_image), _blocks(label_map[region], resized_labels)))
    return pairs


def _blocks(face: np.ndarray, resized: Callable[[np.ndarray, tuple[int, int]], np.ndarray]) -> np.ndarray:
    return resized(face, (SIDE // BLOCK, SIDE // BLOCK)).repeat(BLOCK, 0).repeat(BLOCK, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ocrnet", "eanet_cat"])  # eanet_add differs by a sum
def test_a_model_learns_four_faces_by_heart(name):
    init_default_scope("mmseg")
    torch.manual_seed(0)
    mini = read("profiles.mini.segmenter", SegmenterSchedule).model_copy(update={"crop_size": SIDE})
    config = segmenter_config(
        Architecture(Path("configs/segmenter/se_hrnet/mini.py"), name),
        read("seg.train", SegmenterTraining),
        CropTraining(Path("unused"), LABELS, [1.0] * len(LABELS), mini, STEPS, Augmentation(swap=True, partial=0.0)),
    )
    model = MODELS.build(config.model)
    model.init_weights()
    model.to(memory_format=torch.channels_last)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        wrapper.optimizer, mini.lr, total_steps=STEPS, pct_start=0.05, cycle_momentum=False
    )
    learnt = faces()
    data = {
        "inputs": [torch.from_numpy(image.transpose(2, 0, 1).copy()) for image, _ in learnt],
        "data_samples": [
            SegDataSample(gt_sem_seg=PixelData(data=torch.from_numpy(label_map.astype(np.int64))[None]))
            for _, label_map in learnt
        ],
    }
    for _ in range(STEPS):
        model.train_step(data, wrapper)
        schedule.step()
    assert jf(model.eval(), learnt) >= 0.95


def jf(model: torch.nn.Module, learnt: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """JF of a model on faces, each a clip of one frame."""
    scores = crop_scores(TrainedNetwork(model), [image for image, _ in learnt], SIDE)
    clips = [
        score_clip(str(number), [("0", label_map, upsampled_argmax(of_face, SIDE))], "truth", False, ())
        for number, ((_, label_map), of_face) in enumerate(zip(learnt, scores, strict=True))
    ]
    return summarise(clips)[0]["JF"]
