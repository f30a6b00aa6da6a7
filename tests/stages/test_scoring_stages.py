"""The stages after the predictions, on clips of any number of frames: the metrics, the tables, and the report."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml

from face_parsing.clips.layout import write_split
from face_parsing.core import paths
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import RESULT
from face_parsing.core.outputs import write_json
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.motion.flow_files import write_flow
from stages import report, score, score_video

FACE = np.zeros((48, 64), np.uint8)
FACE[8:40, 16:48], FACE[20:28, 24:40] = 1, 2
DETECTOR = {"recall_50": 0.9, "AP": 0.5, "detected": 3, "interpolated": 0, "whole_frame": 0}


def run_stages(lengths: dict[str, int], wrong: int = 1, recall: float = 0.9, flow: bool = False) -> str:
    """Run score, score_video and report on clips of these numbers of frames; return the page without its scripts.

    In the first, third, ... frame of a clip, the face's upper ``wrong`` rows are predicted as background.
    """
    labels = read_labels(paths.LABELS)
    write_split(paths.CLIPS, "test", list(lengths))
    texture = np.random.default_rng(0).integers(0, 255, (*FACE.shape, 3), np.uint8)
    for clip, count in lengths.items():
        for number in range(count):
            write_jpeg(paths.CLIPS / f"JPEGImages/{clip}/{number:05d}.jpg", texture)
            write_label_map(paths.CLIPS / f"Annotations/{clip}/{number:05d}.png", FACE, labels)
            prediction = FACE.copy()
            prediction[: (8 + wrong) * (number % 2 == 0)] = 0
            for folder in paths.SCORED.values():
                write_label_map(folder / clip / f"{number:05d}.png", prediction, labels)
            if flow and number:
                still = np.zeros((*FACE.shape, 2), np.float32), np.ones(FACE.shape, bool)
                write_flow(paths.CLIPS / f"Flow/{clip}/{number - 1:05d}.png", *still)
    paths.PARAMETERS.write_text(yaml.safe_dump({"score": {"classes": "truth", "skip_ends": False, "worst": 2}}))
    write_json(paths.DETECTOR_SCORES, DETECTOR | {"recall_50": recall})
    for stage in (score, score_video, report):
        stage.main()
    page = (paths.REPORT / "index.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL).split())


@pytest.fixture(autouse=True)
def one_worker(empty_project, monkeypatch):
    """Starting further processes takes longer than the work on these clips."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")


def numbers() -> tuple[dict, dict]:
    return json.loads(paths.RESULT_METRICS.read_text()), json.loads(paths.VIDEO_SCORES[RESULT].read_text())


@pytest.mark.parametrize("lengths", [{"a": 1}, {"a": 1, "b": 1, "c": 1}], ids=["one clip", "three clips"])
def test_clips_of_one_frame_are_scored_and_reported_without_flicker_and_decay(lengths, capsys):
    page = run_stages(lengths)
    davis, video = numbers()
    assert davis["J_mean"] > 0.9 and davis["J_recall"] == 1 and davis["J_decay"] is None
    assert video["flicker"] is None and video["estimated_flicker"] is None and video["mean_F1"] > 0.9
    for table in ("time.csv", "strips/strips.csv"):
        assert len(pd.read_csv(paths.VIDEO / table)) == 0
    assert "no flicker, since every clip has one frame: metrics/video/result.json" in capsys.readouterr().out
    assert "Every test clip has one frame, so there is no flicker." in page
    assert "Every test clip has one scored frame, so there is nothing to show over time." in page
    assert "There is no decay, since no clip has four scored frames." in page
    assert 'id="players"' not in page and 'id="flicker-time"' not in page and 'id="time"' not in page
    assert "nan" not in page.lower() and "Worst frames" in page


@pytest.mark.parametrize("flow", [False, True], ids=["estimated", "exact"])
def test_of_mixed_clips_those_of_several_frames_alone_have_flicker(flow, capsys):
    page = run_stages({"still": 1, "two": 2, "five": 5, "another": 1}, flow=flow)
    davis, video = numbers()
    assert davis["J_decay"] is not None and (video["flicker"] is None) != flow and video["estimated_flicker"] > 0
    assert set(pd.read_csv(paths.VIDEO / "time.csv")["clip"]) == {"two", "five"}
    assert set(pd.read_csv(paths.VIDEO / "strips/strips.csv")["clip"]) == {"two", "five"}
    assert "without 2 of 4 clips, which have one frame: " in capsys.readouterr().out
    assert "2 of 4 test clips have one frame, and so no flicker." in page
    assert page.count('<article class="card player"') == 2 and 'id="flicker-time"' in page and 'id="time"' in page


def test_clips_of_several_frames_are_reported_without_a_word_on_single_frames(capsys):
    page = run_stages({"a": 4, "b": 5})
    out = capsys.readouterr().out
    assert "no ground-truth flow, estimated flicker 0." in out
    for text in (page, out):
        assert not re.search(r"ha(s|ve) one (scored )?frame|no decay|no flicker|untrained|no box", text, re.IGNORECASE)


def test_a_score_near_zero_and_a_detector_that_finds_no_face_have_a_remark(capsys):
    page = run_stages({"a": 1}, wrong=48, recall=0.0)
    assert "JF under 0.01 is that of an untrained model" in capsys.readouterr().out
    remarks = re.findall(r'<p class="remark">(.*?)</p>', page)
    assert len(remarks) == 2
    assert remarks[0].startswith("No box matches a test face (recall 0 at IoU 0.5)")
    assert remarks[1].startswith("JF under 0.01 is that of an untrained model")
