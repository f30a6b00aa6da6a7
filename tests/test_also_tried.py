"""What the authors also tried, in the real DVC: each variant trains to a score, and off again nothing is left of it."""

import math
import re
from pathlib import Path

import pytest
import torch
import yaml

from face_parsing.clips.label_maps import list_clips
from face_parsing.clips.layout import read_split
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.runtime.face_parser import FaceParser
from tests.repositories import COLUMNS, SEGMENTERS, commit, metrics, out_of_date, run, set_parameters, succeed, trained
from tools import bundle

pytestmark = [pytest.mark.slow, pytest.mark.dvc]
PREDICT = ["face-parsing", "predict", "--project", "."]
ON = ["-S", "seg.pseudo.clips=[rendered]", "-S", "seg.weights=models/students"]


def outs(project: Path, stages: set[str] | None = None) -> dict[str, list]:
    lock = yaml.safe_load((project / "dvc.lock").read_text())["stages"]
    return {name: stage["outs"] for name, stage in lock.items() if stages is None or name in stages}


def make_sure(project: Path) -> None:
    """Give models of a few iterations something to agree on: skin is all they see."""
    for name in MODEL_NAMES:
        model = project / f"models/{name}.pth"
        saved = torch.load(model, weights_only=True)
        saved["state_dict"]["decode_head.1.log_class_weight"][1] = -100
        torch.save(saved, model)
    succeed(project, "dvc", "commit", "--force", *SEGMENTERS)
    succeed(project, "dvc", "repro")
    commit(project, "Models that agree")


def test_a_clip_guided_by_its_previous_masks_is_parsed_alike_by_the_stages_and_by_predict(project, tmp_path):
    before = (project / "dvc.lock").read_bytes()
    # One model in place of the vote, whose export takes a third of the time.
    set_parameters(project, {"seg.mask_propagation": "gated", "seg.fusion": "cat"})
    assert trained(succeed(project, "dvc", "repro")) == set(SEGMENTERS)
    clip = read_split(project / "data/clips", "test")[0]
    parse = ["face-parsing", "predict", "--project", ".", f"data/clips/JPEGImages/{clip}", "--output"]
    succeed(project, *parse, str(tmp_path / "torch"))
    for expected in (project / "data/results" / clip).iterdir():
        assert (tmp_path / "torch" / clip / expected.name).read_bytes() == expected.read_bytes()
    assert "agrees with torch" in succeed(project, "face-parsing", "export", "--project", ".")
    succeed(project, *parse, str(tmp_path / "onnx"), "--runtime", "onnx")
    set_parameters(project, {"seg.mask_propagation": "none", "seg.fusion": "vote"})
    assert trained(succeed(project, "dvc", "repro")) == set()
    assert (project / "dvc.lock").read_bytes() == before


def test_swin_and_panoptic_fpn_train_to_a_score(project):
    set_parameters(project, {"seg.backbone": "swin", "seg.coarse_head": "panoptic_fpn"})
    assert out_of_date(project) == {
        "check",
        "train_backbone",
        *SEGMENTERS,
        *(f"segment@{model}" for model in MODEL_NAMES),
    }
    log = succeed(project, "dvc", "repro")
    assert set(re.findall(r"Running stage '(train\S+)'", log)) == {"train_backbone", *SEGMENTERS}
    assert "paramwise_options" not in log  # mmengine's log of each weight
    assert math.isfinite(metrics(project)["metrics.json"]["JF"])
    told = yaml.safe_load(succeed(project, "face-parsing", "provenance", "models/eanet_cat.pth"))
    parameters = told["models/eanet_cat.pth"]["parameters"]
    assert (parameters["seg.backbone"], parameters["seg.coarse_head"]) == ("swin", "panoptic_fpn")
    succeed(project, *PREDICT, "data/clips/JPEGImages/test_000", "--output", "out")
    exported = run(project, "face-parsing", "export", "--project", ".")
    assert exported.stdout.splitlines()[-1].startswith(
        "error: seg.backbone is swin, which ONNX export does not support"
    )
    assert exported.returncode == 1 and "Traceback" not in exported.stdout


def test_students_are_trained_on_both_scored_and_delivered_and_switched_off_again(project, tmp_path, monkeypatch):
    make_sure(project)
    stages, before = succeed(project, "dvc", "stage", "list", "--name-only"), outs(project)
    metrics = (project / "metrics.json").read_bytes()
    log = succeed(project, "dvc", "exp", "run", *ON)
    assert "Running stage 'train_segmenter" not in log  # the first round stays
    for stage in ("unlabelled", "pseudo_label", *(f"train_student@{name}" for name in MODEL_NAMES), "segment@ocrnet"):
        assert f"Running stage '{stage}" in log
    assert out_of_date(project) == set()
    assert not list(project.glob("data/unlabelled/**/*.png"))  # no mask at all
    assert list_clips(project / "data/unlabelled/JPEGImages") == [f"unlabelled_{i:03d}" for i in range(3)]
    labels = list(project.glob("data/pseudo/labels/*.png"))
    assert labels and {path.stem for path in labels} == {path.stem for path in project.glob("data/pseudo/images/*.jpg")}
    for name in MODEL_NAMES:
        first, student = ((project / folder / f"{name}.pth").read_bytes() for folder in ("models", "models/students"))
        assert first != student

    # What is delivered here and elsewhere is the students'.
    parser = FaceParser(project, "cpu", "torch")
    assert [path.parent.relative_to(project) for path in parser.segmenters] == [Path("models/students")] * 3
    monkeypatch.setattr(bundle, "MOST_BYTES", 20_000_000)
    bundle.bundle(project, tmp_path / "weights", lambda _: None)
    image = read_image(next((project / "data/clips/JPEGImages").glob("test_*/*.jpg")))
    bundled = FaceParser(tmp_path / "weights", "cpu", "torch")
    ours, theirs = (by(image, color="bgr").label_map for by in (bundled, parser))
    assert (ours == theirs).mean() > 0.99

    succeed(project, "git", "checkout", "params.yaml")
    log = succeed(project, "dvc", "repro")
    assert "train_" not in "".join(line for line in log.splitlines() if line.startswith("Running"))
    assert out_of_date(project) == set()
    assert succeed(project, "dvc", "stage", "list", "--name-only") == stages
    assert outs(project, set(before)) == before and (project / "metrics.json").read_bytes() == metrics


def test_a_model_that_is_off_is_trained_and_scored_on_request_and_leaves_nothing_behind(project):
    default = metrics(project)
    log = succeed(project, "dvc", "exp", "run", "-S", "seg.also=[mask_rcnn]")
    own = [f"{stage}@mask_rcnn" for stage in ("train_parts", "segment_parts", "score_parts")]
    assert re.findall(r"Running stage '(\S+)'", log) == ["check", *own]
    shown = metrics(project)
    assert set(shown.pop("metrics/mask_rcnn.json")) == COLUMNS and shown == default
    truth, predicted = (project / "data" / name for name in ("clips/Annotations", "predictions/mask_rcnn"))
    for clip in read_split(project / "data/clips", "test"):
        ours, theirs = (
            {each.name: read_label_map(each).shape for each in (folder / clip).glob("*.png")}
            for folder in (predicted, truth)
        )
        assert ours == theirs
    set_parameters(project, {"seg.also": []})
    succeed(project, "dvc", "repro")
    assert out_of_date(project) == set()
    assert metrics(project) == default
