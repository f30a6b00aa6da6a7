"""Every variant can learn four faces by heart: a fault in the wiring would show here."""

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

from stages.clips.labels import read_labels
from stages.davis.evaluation import score_clip, summarise
from stages.fusion.scores import upsampled_argmax
from stages.parameters.data import PerSplit, Synthetic
from stages.parameters.reading import read
from stages.parameters.segmenter import Augmentation, SegmenterTraining
from stages.segmentation.building import FUSIONS, training_config
from stages.segmentation.inference import crop_scores
from stages.synthetic.video import render_clip

LABELS = read_labels(Path("configs/labels.yaml"))
SIDE = 160
FACES = 4
STEPS = 400


def faces() -> list[tuple[np.ndarray, np.ndarray]]:
    """Crops (SIDE, SIDE, 3) of rendered faces, and their label maps."""
    once = PerSplit(train=FACES, val=1, test=1)
    plain = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    rendered = Synthetic(seed=0, clips=once, frames=once, width=512, height=288, smallest_face=0.08, **plain)
    pairs = []
    for number in range(FACES):
        image, label_map = next(render_clip(rendered, LABELS, "train", number))
        x, y, width, height = cv2.boundingRect(np.uint8(label_map > 0))
        region = slice(y, y + height), slice(x, x + width)
        size = (SIDE, SIDE)
        pairs.append(
            (
                cv2.resize(image[region], size, interpolation=cv2.INTER_AREA),
                cv2.resize(label_map[region], size, interpolation=cv2.INTER_NEAREST),
            )
        )
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_model_learns_four_faces_by_heart(fusion):
    init_default_scope("mmseg")
    torch.manual_seed(0)
    training = read("seg.train", SegmenterTraining).model_copy(update={"crop_size": SIDE, "iterations": STEPS})
    augmentation = Augmentation(swap=True, partial=0.0)
    weights = [1.0] * len(LABELS)
    config = training_config(
        Path("configs/segmenter/mini.py"), fusion, LABELS, training, augmentation, Path("unused"), weights
    )
    model = MODELS.build(config.model)
    model.init_weights()
    model.to(memory_format=torch.channels_last)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    learnt = faces()
    data = {
        "inputs": [torch.from_numpy(image.transpose(2, 0, 1)) for image, _ in learnt],
        "data_samples": [
            SegDataSample(gt_sem_seg=PixelData(data=torch.from_numpy(label_map.astype(np.int64))[None]))
            for _, label_map in learnt
        ],
    }
    import time

    start = time.time()
    for step in range(STEPS):
        wrapper.optimizer.param_groups[0]["lr"] = training.lr * min(step / 20, 1 - step / STEPS)
        model.train_step(data, wrapper)
        if step % 50 == 49 or step == STEPS - 1:
            model.eval()
            scores = crop_scores(model, [image for image, _ in learnt], SIDE)
            frames = [
                (label_map, upsampled_argmax(of_face, SIDE))
                for (_, label_map), of_face in zip(learnt, scores, strict=True)
            ]
            measured, _ = summarise(score_clip(str(i), [("0", *pair)], "truth", False) for i, pair in enumerate(frames))
            print("MEASURED", fusion, step, measured["JF"], measured["J_mean"], time.time() - start, flush=True)
            model.train()
    assert measured["JF"] >= 0.95
