import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from face_parsing.checkpoints.model_file import save_model
from face_parsing.clips.face_table import write_faces
from face_parsing.clips.layout import write_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parsing.compositing import composite, read_faces_alike
from face_parsing.segmenter.architecture import Architecture
from stages import segment

pytestmark = pytest.mark.integration

CONFIGS = (Path(__file__).parents[2] / "configs").resolve()
PARAMS = """
profile: mini
profiles: {{mini: {{test: {{segment: {{batch_size: 3, crop_size: 32, logit_adjustment: {adjustment}}}}}}}}}
seg:
  layers: {{detail: true, dense_layers: true}}
  mask_propagation: none
  test: {{scales: {scales}, flip: {flip}, resize: {resize}}}
  backbone: se_hrnet
  coarse_head: fcn
  weights: models
crop: {{margin: 0.1, pad_value: 114}}
ensemble: {{vote: {vote}, members: [ocrnet]}}
"""
SIZES = {"00000": (48, 64), "00001": (40, 80)}
BOXES = {"00000": [(5.0, 5.0, 30.0, 40.0), (40.0, 10.0, 60.0, 30.0)], "00001": [(-4.0, 0.0, 30.0, 30.0)]}


@pytest.fixture
def run(empty_project, monkeypatch):
    """The stage on two frames of three faces, with a network of random weights."""
    Path("configs").symlink_to(CONFIGS)
    labels = read_labels(Path("data/labels.yaml"))
    rng = np.random.default_rng(0)
    write_split(Path("data/clips"), "test", ["a"])
    for name, size in SIZES.items():
        write_jpeg(Path(f"data/clips/JPEGImages/a/{name}.jpg"), rng.integers(0, 255, (*size, 3), np.uint8))
    write_faces(
        Path("data/faces.csv"),
        [("a", name, *box, 0.9 - 0.1 * i, "detected") for name, boxes in BOXES.items() for i, box in enumerate(boxes)],
    )
    init_default_scope("mmseg")
    torch.manual_seed(0)
    config = Architecture(Path("configs/segmenter/se_hrnet/mini.py"), "ocrnet").config(len(labels))
    config.model.decode_head[-1].class_weight = [1.0] * (len(labels) - 1) + [1e9]
    model = MODELS.build(config.model)
    torch.nn.init.normal_(model.decode_head[-1].conv_seg.weight, std=2)  # sure of itself, as a trained one
    save_model(Path("models/ocrnet.pth"), model, labels.names)
    monkeypatch.setattr(sys, "argv", ["segment", "ocrnet"])

    def run(scales="[1.0]", flip="false", vote="hard", resize="logits", adjustment=0.0) -> dict[str, np.ndarray]:
        parameters = dict(scales=scales, flip=flip, vote=vote, resize=resize, adjustment=adjustment)
        Path("params.yaml").write_text(PARAMS.format(**parameters))
        segment.main()
        return {name: read_label_map(Path(f"data/predictions/ocrnet/a/{name}.png")) for name in SIZES}

    return run


def test_every_frame_gets_a_label_map_of_its_size_and_a_hard_vote_keeps_no_probabilities(run):
    assert {name: label_map.shape for name, label_map in run().items()} == SIZES
    assert list(Path("data/predictions/ocrnet").rglob("*.npz")) == []


def test_flip_scales_and_resize_change_what_is_predicted(run):
    plain = run()
    for changed in (run(flip="true"), run(scales="[1.0, 2.0]"), run(resize="labels")):
        assert any((plain[name] != changed[name]).any() for name in SIZES)


def test_the_adjusted_logits_take_off_what_a_class_weighed_in_training(run):
    last = len(read_labels(Path("data/labels.yaml"))) - 1
    assert any((label_map == last).any() for label_map in run().values())
    assert not any((label_map == last).any() for label_map in run(adjustment=1.0).values())


def test_a_soft_vote_of_one_member_is_what_it_predicts(run):
    label_maps = run(vote="soft")
    for name, label_map in label_maps.items():
        (faces,) = read_faces_alike([Path(f"data/predictions/ocrnet/a/{name}.npz")])
        assert len(faces) == len(BOXES[name])
        # But where two classes are level up to the files' rounding.
        assert (composite(label_map.shape, faces) == label_map).mean() > 0.98
