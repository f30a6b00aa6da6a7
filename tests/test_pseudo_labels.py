"""Pseudo labels in the real DVC: one command trains and scores students, and without them nothing is left of it."""

from pathlib import Path

import numpy as np
import torch
import yaml

from face_parsing.app.face_parser import FaceParser
from face_parsing.pipeline.label_maps import list_clips
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.pictures import read_image
from tests.repositories import SEGMENTERS, commit, out_of_date, succeed
from tools import ship

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
    parser = FaceParser(project, "cpu")
    assert [path.parent.relative_to(project) for path in parser.segmenters] == [Path("models/students")] * 3
    monkeypatch.setattr(ship, "MOST_BYTES", 20_000_000)
    ship.ship(project, tmp_path / "weights")
    image = read_image(next((project / "data/clips/JPEGImages").glob("test_*/*.jpg")))
    np.testing.assert_array_equal(FaceParser(tmp_path / "weights", "cpu")(image)[0], parser(image)[0])

    succeed(project, "git", "checkout", "params.yaml")
    log = succeed(project, "dvc", "repro")
    assert "train_" not in "".join(line for line in log.splitlines() if line.startswith("Running"))
    assert out_of_date(project) == set()
    assert succeed(project, "dvc", "stage", "list", "--name-only") == stages
    assert outs(project, set(before)) == before and (project / "metrics.json").read_bytes() == metrics
