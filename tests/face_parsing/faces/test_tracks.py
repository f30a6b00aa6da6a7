from itertools import pairwise, product
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.faces import tracks
from face_parsing.faces.tracks import EVIDENCE, clip_faces, main_track
from face_parsing.geometry.boxes import ious

NOTHING = np.zeros((0, 5))


def frame(*rows) -> np.ndarray:
    return np.array(rows, float).reshape(-1, 5)


def faces_of(*frames, size=(100, 100), secondary_face_threshold=0.5):
    return clip_faces(frames, [size] * len(frames), secondary_face_threshold)


def total(candidates, track) -> float:
    """What main_track maximizes, straight from its definition."""
    chosen = [(t, candidates[t][k]) for t, k in enumerate(track) if k is not None]
    value = sum(c[4] - EVIDENCE for _, c in chosen)
    for (s, a), (t, b) in pairwise(chosen):
        if t - s <= tracks.GAP:
            value += ious(a[None, :4], b[None, :4])[0, 0]
    return value


@settings(max_examples=100)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(0, 1000), st.integers(1, 3))
def test_the_main_track_is_the_best_of_all_tracks(counts, seed, gap):
    rng = np.random.default_rng(seed)
    candidates = []
    for count in counts:
        corner, size = rng.uniform(0, 40, (count, 2)), rng.uniform(5, 50, (count, 2))
        candidates.append(np.hstack([corner, corner + size, rng.uniform(0, 1, (count, 1))]))
    with mock.patch.object(tracks, "GAP", gap):
        best = max(total(candidates, track) for track in product(*[[None, *range(n)] for n in counts]))
        assert total(candidates, main_track(candidates)) == pytest.approx(best)


def test_an_unsure_box_that_continues_the_track_beats_a_surer_one_elsewhere():
    faces = faces_of(frame([10, 10, 40, 40, 0.9]), frame([70, 70, 90, 90, 0.4], [12, 10, 42, 40, 0.2]))
    assert faces[1][0].box == (12, 10, 42, 40)


def test_an_unsure_box_off_the_track_gives_way_to_the_interpolated_one():
    faces = faces_of(frame([10, 10, 30, 30, 0.9]), frame([80, 80, 95, 95, 0.1]), frame([20, 30, 50, 50, 0.9]))
    assert faces[1] == [type(faces[1][0])((15, 20, 40, 40), 0.0, "interpolated")]


def test_an_unsure_box_that_the_frames_around_it_contradict_gives_way_to_the_interpolated_one():
    around = [10, 10, 40, 40, 0.9]
    faces = faces_of(frame(around), frame([25, 12, 45, 30, 0.1]), frame(around))
    assert (faces[1][0].box, faces[1][0].source) == ((10, 10, 40, 40), "interpolated")


def test_a_face_that_reappears_long_after_stays_in_the_track():
    faces = faces_of(frame([10, 10, 40, 40, 0.9]), *[NOTHING] * 30, frame([60, 60, 90, 90, 0.9]))
    assert [faces[0][0].source, faces[-1][0].source] == ["detected"] * 2


def test_frames_before_the_first_and_after_the_last_box_take_theirs():
    faces = faces_of(NOTHING, frame([10, 10, 30, 30, 0.9]), NOTHING)
    assert [f[0].box for f in faces] == [(10, 10, 30, 30)] * 3
    assert [f[0].source for f in faces] == ["interpolated", "detected", "interpolated"]


def test_a_clip_without_any_face_takes_whole_frames():
    faces = clip_faces([NOTHING, NOTHING], [(64, 64), (3000, 4000)], 0.5)
    assert [f[0].box for f in faces] == [(0, 0, 64, 64), (0, 0, 4000, 3000)]
    assert {f[0].source for f in faces} == {"whole_frame"}


def test_a_clip_of_one_frame():
    assert [f.source for f in faces_of(frame([1, 1, 9, 9, 0.8]))[0]] == ["detected"]
    assert [f.source for f in faces_of(NOTHING)[0]] == ["whole_frame"]


def test_a_second_confident_face_is_a_further_row_an_unsure_or_overlapping_one_is_not():
    faces = faces_of(frame([0, 0, 40, 40, 0.9], [60, 60, 90, 90, 0.8], [5, 5, 20, 20, 0.7], [60, 0, 90, 30, 0.3]))
    assert [f.box for f in faces[0]] == [(0, 0, 40, 40), (60, 60, 90, 90)]


def test_boxes_end_at_the_frame_and_those_outside_it_are_dropped():
    faces = faces_of(frame([-20, -5, 130, 50, 0.9], [101, 0, 150, 50, 0.99]))
    assert [f.box for f in faces[0]] == [(0, 0, 100, 50)]
