"""A fault that nobody foresaw, in the work of a stage on a frame, is one line that names the frame."""

from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.faces import boxes, cropping
from face_parsing.faces import detection_metrics as recall
from face_parsing.geometry.squares import Crop
from face_parsing.grabcut import clips as refining_clips
from face_parsing.grabcut.refining import Refiner
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.metrics import folders
from face_parsing.metrics.parameters import Score
from face_parsing.parsing import clip_votes
from face_parsing.parsing.parameters import Ensemble, TemporalSmoothing


class Broken:
    """Anything that is called, and fails."""

    def __call__(self, *_, **__):
        raise ValueError("nobody foresaw this\nand here is more of it")


@pytest.fixture
def clips(empty_project) -> Path:
    """The clip a in the clip layout, of two frames, and a prediction of it."""
    labels = read_labels(Path("data/labels.yaml"))
    for frame in ("0", "1"):
        write_jpeg(Path(f"data/clips/JPEGImages/a/{frame}.jpg"), np.zeros((8, 12, 3), np.uint8))
        for folder in ("data/clips/Annotations", "data/predictions/ocrnet"):
            write_label_map(Path(f"{folder}/a/{frame}.png"), np.ones((8, 12), np.uint8), labels)
    return Path("data/clips")


def boxes_stage(clips: Path, monkeypatch) -> None:
    monkeypatch.setattr(boxes, "face_boxes", Broken())
    boxes.boxes_of_clip(clips, read_labels(Path("data/labels.yaml")), [], 1, "a")


def detect_stage(clips: Path, monkeypatch) -> None:
    import pandas as pd

    monkeypatch.setattr(recall, "area_in_crops", Broken())
    faces = pd.DataFrame([("a", "0", 0, 0, 8, 8)], columns=["clip", "frame", "x1", "y1", "x2", "y2"])
    recall.area_shares(clips, 0, [], ("a", faces))


def crop_stage(clips: Path, monkeypatch) -> None:
    monkeypatch.setattr(cropping, "square", Broken())
    labels, crop = read_labels(Path("data/labels.yaml")), Crop(margin=0.0, pad_value=0)
    of_frames = {frame: np.array([[0, 0, 8, 8]]) for frame in ("0", "1")}
    cropping.crop_clip(clips, labels, crop, 0, 64, Path("out"), ("a", of_frames))


def ensemble_stage(clips: Path, monkeypatch) -> None:
    monkeypatch.setattr(clip_votes, "vote", Broken())
    members = Ensemble(vote="hard", members=["ocrnet"])
    smoothing = TemporalSmoothing(mode="none", strength=1.0, reach=1)
    labels = read_labels(Path("data/labels.yaml"))
    clip_votes.vote_clip("a", clips, Path("data/predictions"), members, smoothing, 114, labels, Path("out"))


def refine_stage(clips: Path, monkeypatch) -> None:
    monkeypatch.setattr(Refiner, "__call__", Broken())
    refiner = Refiner.__new__(Refiner)
    labels = read_labels(Path("data/labels.yaml"))
    refining_clips.refine_clip("a", clips, Path("data/predictions/ocrnet"), refiner, labels, Path("out"))


def score_stage(clips: Path, monkeypatch) -> None:
    monkeypatch.setattr(folders, "read_alike", Broken())
    parameters = Score(classes="truth", skip_ends=False, worst=0)
    task = Path("data/predictions/ocrnet"), "a"
    folders._score_one(task, clips / "Annotations", None, parameters)


NAMED = {
    boxes_stage: "data/clips/Annotations/a/0.png",
    detect_stage: "data/clips/Annotations/a/0.png",
    crop_stage: "data/clips/JPEGImages/a/0.jpg",
    ensemble_stage: "clip a, frame 0",
    refine_stage: "data/clips/JPEGImages/a/0.jpg",
    score_stage: "data/predictions/ocrnet/a/0.png",
}


@pytest.mark.parametrize("stage", NAMED)
def test_a_fault_in_the_work_on_a_frame_is_one_line_that_names_it(clips, monkeypatch, stage):
    with pytest.raises(PipelineError) as caught:
        stage(clips, monkeypatch)
    assert str(caught.value).startswith(f"{NAMED[stage]}: ValueError: nobody foresaw this (")
    assert "\n" not in str(caught.value) and not list(Path("out").rglob("*.png"))
