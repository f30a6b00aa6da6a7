from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.metrics.boundary_iou import band_width, boundary_iou
from face_parsing.metrics.video import PixelCounts, VideoFrame, VideoScore, VideoScores, score_video, summarise_video
from face_parsing.metrics.video_folders import score_videos, video_numbers
from face_parsing.metrics.video_tables import write_video_tables
from face_parsing.motion.flow_files import write_flow
from face_parsing.plots.strips import busiest, draw_strips

SHAPE = (50, 80)
LABELS = read_labels(Path("configs/labels.yaml"))
STILL = np.zeros((*SHAPE, 2), np.float32), np.ones(SHAPE, bool)
GREY = np.full((*SHAPE, 3), 128, np.uint8)


def halves(left: int, right: int) -> np.ndarray:
    """A face of 20 x 40 pixels whose halves are of two classes."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[10:30, 20:40], label_map[10:30, 40:60] = left, right
    return label_map


TRUTH = halves(2, 3)  # the eyebrows, each other's mirror partners


def frames(*predictions: np.ndarray, flow=STILL) -> list[VideoFrame]:
    count = len(predictions)
    return [VideoFrame(TRUTH, {"m": p}, GREY, flow if i < count - 1 else None) for i, p in enumerate(predictions)]


def score(*predictions: np.ndarray, flow=STILL):
    return score_video("a", frames(*predictions, flow=flow), [(2, 3)])["m"]


def numbers_of(*clips: tuple[VideoScore, PixelCounts]) -> dict[str, float | None]:
    scores = VideoScores()
    for clip in clips:
        scores.add(*clip)
    return summarise_video(scores)


def test_a_perfect_prediction_has_every_measure_at_its_best():
    assert numbers_of(score(TRUTH, TRUTH, TRUTH)) == {
        "flicker": 0,
        "half_right": 0,
        "estimated_flicker": 0,
        "mean_F1": 1,
        "mIoU": 1,
        "boundary_IoU": 1,
        "worst_J": 1,
        "swapped": 0,
    }


def test_the_measures_of_one_wrong_frame_are_what_their_definitions_say():
    # Of two frames one is right, and one has the left half as the right one's class.
    numbers = numbers_of(score(TRUTH, halves(3, 3)))
    assert numbers["flicker"] == numbers["half_right"] == numbers["estimated_flicker"] == 0.5
    assert numbers["mean_F1"] == pytest.approx(np.mean([2 * 400 / (800 + 400), 2 * 800 / (800 + 1200)]))
    assert numbers["mIoU"] == pytest.approx(np.mean([400 / 800, 800 / 1200]))
    assert numbers["worst_J"] == pytest.approx(0.5)  # of class 2: 1 and 0; of class 3: 1 and a half
    assert numbers["swapped"] == pytest.approx(400 / 1600)
    boundary = boundary_iou(TRUTH, halves(3, 3), band_width(SHAPE))
    assert numbers["boundary_IoU"] == pytest.approx(np.mean([(1 + boundary[2]) / 2, (1 + boundary[3]) / 2]))


def test_a_change_from_one_wrong_class_to_another_flickers_without_being_right():
    numbers = numbers_of(score(halves(4, 3), halves(5, 3)))
    assert (numbers["flicker"], numbers["half_right"]) == (0.5, 0)


def test_clips_count_alike_however_many_points_they_have():
    few = np.zeros(SHAPE, bool)
    few[15, 25] = True
    numbers = numbers_of(score(TRUTH, TRUTH), score(TRUTH, halves(4, 3), flow=(STILL[0], few)))
    assert numbers["flicker"] == pytest.approx((0 + 1) / 2)


def test_without_a_true_flow_flicker_is_estimated_alone_and_a_single_frame_has_none():
    numbers = numbers_of(score(TRUTH, halves(4, 3), flow=None))
    assert numbers["flicker"] is None and numbers["half_right"] is None and numbers["estimated_flicker"] == 0.5
    numbers = numbers_of(score(TRUTH))
    assert numbers["flicker"] is None and numbers["estimated_flicker"] is None and numbers["mean_F1"] == 1


def test_ignored_pixels_count_for_nobody():
    truth, wrong = TRUTH.copy(), TRUTH.copy()
    truth[10:30, 20:30], wrong[10:30, 20:30] = 255, 5
    of_clip = [VideoFrame(truth, {"m": prediction}, GREY, STILL) for prediction in (TRUTH, wrong)]
    numbers = numbers_of(score_video("a", of_clip, [(2, 3)])["m"])
    assert (numbers["flicker"], numbers["mean_F1"], numbers["worst_J"], numbers["swapped"]) == (0, 1, 1, 0)


@pytest.fixture
def clips(tmp_path) -> Path:
    """Two clips of three frames, one without flow, and a prediction whose second frame is half wrong."""
    for clip in ("with", "without"):
        for i in range(3):
            write_jpeg(tmp_path / f"clips/JPEGImages/{clip}/{i}.jpg", GREY)
            write_label_map(tmp_path / f"clips/Annotations/{clip}/{i}.png", TRUTH, LABELS)
            write_label_map(tmp_path / f"m/{clip}/{i}.png", halves(4, 3) if i == 1 else TRUTH, LABELS)
    for i in range(2):
        write_flow(tmp_path / f"clips/Flow/with/{i}.png", *STILL)
    return tmp_path / "clips"


def test_folders_are_scored_as_their_arrays_are(clips, tmp_path):
    scores = score_videos(clips, {"m": tmp_path / "m"}, ["with", "without"], LABELS)["m"]
    expected = [score(TRUTH, halves(4, 3), TRUTH), score(TRUTH, halves(4, 3), TRUTH, flow=None)]
    assert [one.clip for one in scores.clips] == ["with", "without"]
    for found, (right, _) in zip(scores.clips, expected, strict=True):
        for name in ("j", "boundary", "over_time", "estimated"):
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name))
    for name in ("areas", "swapped", "flicker"):
        of_all = sum(getattr(counts, name) for _, counts in expected)
        np.testing.assert_array_equal(getattr(scores.counts, name), of_all)
    assert video_numbers(scores)["flicker"] == 0.5


def test_the_tables_tell_classes_motion_and_time(clips, tmp_path):
    scores = score_videos(clips, {"result": tmp_path / "m"}, ["with", "without"], LABELS)
    (tmp_path / "video").mkdir()
    write_video_tables(tmp_path / "video", scores, LABELS)
    classes, motion, time = (pd.read_csv(tmp_path / f"video/{name}.csv") for name in ("classes", "motion", "time"))
    assert classes["class"].tolist() == ["left_eyebrow", "right_eyebrow"]
    assert classes["flicker"].tolist() == [1, 0] and classes["points"].tolist() == [800, 800]
    assert classes["F1"].tolist() == pytest.approx([2 * 1600 / (2400 + 1600), 1])
    still = motion[motion["motion"] == "under 1%"]
    assert still["points"].sum() == 1600 and motion["points"].sum() == 1600
    assert time[["clip", "time"]].to_numpy().tolist() == [["with", 1], ["with", 2], ["without", 1], ["without", 2]]
    assert time["flicker"].fillna(-1).tolist() == [0.5, 0.5, -1, -1]
    assert time["estimated"].tolist() == [0.5] * 4


def test_a_missing_flow_file_and_one_of_another_size_are_told(clips, tmp_path):
    write_flow(clips / "Flow/with/1.png", STILL[0][:40], STILL[1][:40])
    with pytest.raises(PipelineError, match=r"Flow/with/1\.png: 80 x 40 pixels; expected 80 x 50"):
        score_videos(clips, {"m": tmp_path / "m"}, ["with"], LABELS)
    (clips / "Flow/with/1.png").unlink()
    with pytest.raises(PipelineError, match=r"Flow/with/1\.png: .*expected optical flow"):
        score_videos(clips, {"m": tmp_path / "m"}, ["with"], LABELS)


def test_a_missing_label_map_and_an_unknown_class_are_told(clips, tmp_path):
    (tmp_path / "m/with/2.png").unlink()
    with pytest.raises(PipelineError, match=r"m/with/2\.png: missing"):
        score_videos(clips, {"m": tmp_path / "m"}, ["with"], LABELS)
    write_label_map(tmp_path / "m/with/2.png", np.full(SHAPE, 99, np.uint8), LABELS)
    with pytest.raises(PipelineError, match=r"m/with/2\.png: unknown class 99"):
        score_videos(clips, {"m": tmp_path / "m"}, ["with"], LABELS)


def test_the_busiest_frames_are_those_with_the_most_flicker_between_them():
    assert busiest(np.array([0.0, 0.1, 0.5, 0.0, 0.3, 0.1]), 3) == slice(1, 4)
    assert busiest(np.array([0.3, np.nan, 0.1]), 2) == slice(0, 2)
    assert busiest(np.array([0.1, 0.2]), 16) == slice(0, 3)
    assert busiest(np.array([]), 16) == slice(0, 1)


def test_strips_are_cut_by_one_square_that_holds_the_face_of_every_frame():
    truths = [np.zeros(SHAPE, np.uint8) for _ in range(3)]
    for i, truth in enumerate(truths):
        truth[20:30, 10 + 20 * i : 20 + 20 * i] = 1
        truth[0, 0] = 255
    images = [np.dstack([np.where(truth == 1, np.uint8(255), np.uint8(0))] * 3) for truth in truths]
    strip, layers = draw_strips(images, {"truth": truths})
    assert strip.shape == (160, 480, 3) and layers["truth"].shape == (160, 480)
    middles = [np.argwhere(layers["truth"][:, 160 * i : 160 * i + 160] == 1).mean(axis=0) for i in range(3)]
    steps = np.diff(middles, axis=0)
    # The faces span 50 columns, so the square is 64 wide with its margins: a step of 20 pixels is one of 50.
    np.testing.assert_allclose(steps, [[0, 50], [0, 50]], atol=1.5)
    bright = strip[..., 0] > 127
    assert (bright == (layers["truth"] == 1)).mean() > 0.98


def test_strips_of_clips_without_any_face_and_of_single_frames_are_drawn():
    strip, layers = draw_strips([GREY], {"truth": [np.zeros(SHAPE, np.uint8)]})
    assert strip.shape == (160, 160, 3) and not layers["truth"].any()
