from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.synthetic import script
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.people.motion import Motion
from face_parsing.synthetic.video import render_clip

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))


def per_split(number: int) -> PerSplit:
    return PerSplit(train=number, val=number, test=number)


def parameters(**changes) -> tuple[Synthetic, RenderedClips]:
    plain = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    sizes = dict(count=per_split(1), frames=per_split(2), width=320, height=180)
    sizes |= {key: changes.pop(key) for key in sizes.keys() & changes.keys()}
    domain_randomization = {key: changes.pop(key, 0.0) for key in DomainRandomization.model_fields}
    return (
        Synthetic(**dict(seed=3, smallest_face=0.08) | plain | changes),
        RenderedClips(**sizes, domain_randomization=DomainRandomization(**domain_randomization)),
    )


def still(frames: int, yaw: float, mouth: float = 0.0, eyes: float = 1.0) -> Motion:
    """A head that stands still, turned by ``yaw`` degrees to its left."""
    zero, flat = np.zeros(frames), np.zeros((frames, 2))
    return Motion(
        yaw=zero + np.deg2rad(yaw),
        pitch=zero,
        roll=zero,
        body_yaw=zero,
        shift=flat,
        zoom=zero + 1,
        eyes=zero + eyes,
        mouth=zero + mouth,
        gaze=flat,
    )


def masks(monkeypatch, motion: Motion, clips: int = 4, **changes) -> list[np.ndarray]:
    """The first masks of some clips whose heads move as ``motion``."""
    monkeypatch.setattr(script, "draw_motion", lambda *_, **__: motion)
    return [next(render_clip(*parameters(frames=per_split(1), **changes), LABELS, "test", i))[1] for i in range(clips)]


def area(label_map: np.ndarray, name: str) -> int:
    return int((label_map == LABELS.id_of(name)).sum())


def center(label_map: np.ndarray, name: str) -> np.ndarray:
    return np.argwhere(label_map == LABELS.id_of(name)).mean(axis=0)


def test_the_same_seed_renders_the_same_bytes():
    first, second = (list(render_clip(*parameters(bad_frames=1.0), LABELS, "train", 1)) for _ in range(2))
    for (image, label_map), (same_image, same_label_map) in zip(first, second, strict=True):
        np.testing.assert_array_equal(image, same_image)
        np.testing.assert_array_equal(label_map, same_label_map)


@pytest.mark.parametrize("changes", [{"seed": 4}, {"index": 2}, {"split": "val"}])
def test_another_seed_clip_or_split_renders_another_clip(changes):
    chosen = {"seed": 3, "index": 1, "split": "train"}
    image, other = (
        next(render_clip(*parameters(seed=c["seed"]), LABELS, c["split"], c["index"]))[0]
        for c in (chosen, chosen | changes)
    )
    assert (image != other).mean() > 0.5


def test_a_clip_does_not_depend_on_how_many_there_are():
    many = per_split(9)
    one, other = (next(render_clip(*p, LABELS, "test", 1)) for p in (parameters(), parameters(count=many)))
    np.testing.assert_array_equal(one[0], other[0])


def test_every_class_occurs():
    clips = [list(render_clip(*parameters(frames=per_split(4)), LABELS, "train", index)) for index in range(10)]
    found = {int(i) for clip in clips for _, label_map in clip for i in np.unique(label_map)}
    assert found == set(LABELS.ids)


def test_facing_us_the_left_side_is_on_the_images_right(monkeypatch):
    for label_map in masks(monkeypatch, still(1, yaw=0)):
        for part in ("eye", "eyebrow"):
            assert center(label_map, f"left_{part}")[1] > center(label_map, f"right_{part}")[1]
        brow, lip = center(label_map, "left_eyebrow")[0], center(label_map, "lower_lip")[0]
        assert brow < center(label_map, "nose")[0] < lip < center(label_map, "neck")[0]


@pytest.mark.parametrize(("yaw", "far", "near"), [(85, "left", "right"), (-85, "right", "left")])
def test_in_profile_the_far_side_is_hidden(monkeypatch, yaw, far, near):
    for label_map in masks(monkeypatch, still(1, yaw=yaw)):
        assert [area(label_map, f"{far}_{part}") for part in ("ear", "eye", "eyebrow")] == [0, 0, 0]
        assert area(label_map, f"{near}_eye") > 0


def test_a_turned_face_foreshortens_its_far_eye(monkeypatch):
    for label_map in masks(monkeypatch, still(1, yaw=40), width=640, height=360):
        assert area(label_map, "left_eye") < area(label_map, "right_eye")


def test_an_open_mouth_shows_its_inside_and_a_closed_eye_nothing(monkeypatch):
    shut = masks(monkeypatch, still(1, yaw=0, mouth=0, eyes=0))
    opened = masks(monkeypatch, still(1, yaw=0, mouth=1, eyes=1))
    for before, after in zip(shut, opened, strict=True):
        assert area(before, "inner_mouth") == 0 < area(after, "inner_mouth")
        assert area(before, "left_eye") < area(after, "left_eye")


def heights(**changes) -> list[float]:
    """The labelled height of each clip's first frame as a share of the frame's."""
    shares = []
    for index in range(12):
        _, label_map = next(render_clip(*parameters(**changes), LABELS, "test", index))
        rows = np.flatnonzero(label_map.any(axis=1))
        shares.append((rows[-1] - rows[0] + 1) / label_map.shape[0])
    return shares


def test_small_faces_are_small_but_no_smaller_than_allowed():
    small = heights(small_faces=1.0, smallest_face=0.1, width=512, height=288)
    assert 0.09 <= min(small) < 0.16
    assert max(small) < 0.35
    assert min(heights(small_faces=0.0)) > 0.25


def test_partial_faces_are_cut_by_the_frames_edge():
    def touches(share: float) -> int:
        found = [next(render_clip(*parameters(partial_faces=share), LABELS, "test", i))[1] for i in range(12)]
        return sum(bool(m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any()) for m in found)

    assert touches(1.0) >= 11
    assert touches(0.0) <= 3


def test_bad_frames_spoil_the_image_and_leave_the_mask():
    changes = []
    for index in range(8):
        (good, mask), (bad, same) = (
            next(render_clip(*parameters(bad_frames=b), LABELS, "test", index)) for b in (0.0, 1.0)
        )
        np.testing.assert_array_equal(mask, same)
        changes.append(np.abs(good.astype(int) - bad).mean())
    assert min(changes) > 0
    assert np.median(changes) > 5
