from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.synthetic import script
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.people.motion import Motion
from face_parsing.synthetic.video import render_clip
from face_parsing.synthetic.wear import eyewear, occluders
from face_parsing.synthetic.wear.headwear import HEADWEAR

LABELS = read_labels(Path("configs/labels.yaml"))
CLIPS = range(4)
MEANS = [87.37, 87.76, 109.31, 109.34, 137.2, 137.14, 128.67, 128.73]  # of the pictures of uncovered clips
# Of their masks, the pixels of each class.
COUNTS = [412086, 14754, 206, 250, 189, 255, 116, 156, 527]
COUNTS += [964, 1549, 215, 293, 380, 15378, 2461, 354, 10667]
Frame = tuple[np.ndarray, np.ndarray]


def render(share: float, split: str = "train", index: int = 0, frames: int = 1) -> list[Frame]:
    """A clip's frames, whose picture and mask the share of covered clips decides on alone."""
    once = PerSplit(train=1, val=1, test=1)
    plain = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    domain_randomization = DomainRandomization(
        people=0.0, occluders=share, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    length = PerSplit(train=frames, val=frames, test=frames)
    clips = RenderedClips(count=once, frames=length, width=320, height=180, domain_randomization=domain_randomization)
    return list(render_clip(Synthetic(seed=3, smallest_face=0.08, **plain), clips, LABELS, split, index))


def frontal(monkeypatch, mouth: float = 0.0) -> None:
    """Have all heads look at the camera."""
    zero, flat = np.zeros(1), np.zeros((1, 2))
    still = Motion(
        yaw=zero,
        pitch=zero,
        roll=zero,
        body_yaw=zero,
        shift=flat,
        zoom=zero + 1,
        eyes=zero + 1,
        mouth=zero + mouth,
        gaze=flat,
    )
    monkeypatch.setattr(script, "draw_motion", lambda *_, **__: still)


def worn(monkeypatch, *kinds: str) -> list[np.ndarray]:
    """The first masks of two clips with the given occluders."""
    monkeypatch.setattr(occluders, "draw_kinds", lambda *_: list(kinds))
    return [render(1.0, index=index)[0][1] for index in range(2)]


def area(label_map: np.ndarray, *names: str) -> int:
    return int(np.isin(label_map, [LABELS.id_of(name) for name in names]).sum())


def test_without_covers_clips_are_what_they_were_before_there_were_any():
    frames = [frame for index in CLIPS for frame in render(0.0, index=index, frames=2)]
    # Not to the bit: processors, and versions of OpenCV, round differently.
    counts = np.bincount(np.concatenate([label_map.ravel() for _, label_map in frames]), minlength=18)
    np.testing.assert_allclose(counts, COUNTS, atol=3)
    means = [image.mean() for image, _ in frames]
    np.testing.assert_allclose(means, MEANS, atol=0.05)


def test_the_same_seed_draws_the_same_covers():
    for index in CLIPS:
        for (image, label_map), (same_image, same_label_map) in zip(
            render(1.0, index=index, frames=2), render(1.0, index=index, frames=2), strict=True
        ):
            np.testing.assert_array_equal(image, same_image)
            np.testing.assert_array_equal(label_map, same_label_map)


def test_the_share_of_covered_clips_is_the_parameters():
    changed = [
        not np.array_equal(render(0.5, "test", index)[0][0], render(0.0, "test", index)[0][0]) for index in range(16)
    ]
    assert 6 <= sum(changed) <= 10


def test_covers_leave_the_scene_behind_the_person_as_it_was():
    for index in CLIPS:
        (plain, _), (covered, _) = (render(share, index=index)[0] for share in (0.0, 1.0))
        assert (plain == covered).mean() > 0.3


def test_a_clip_has_one_cover_or_two_that_go_together():
    draws = [occluders.draw_kinds(np.random.default_rng(seed), glasses=False) for seed in range(400)]
    assert {len(kinds) for kinds in draws} == {1, 2}
    assert not [kinds for kinds in draws if set(kinds) in occluders.APART]
    first = [kinds[0] for kinds in draws]
    assert set(first) == set(occluders.KINDS) - {"spectacles"}
    assert 0.25 < first.count("eyewear") / 400 < 0.4


def test_who_wears_glasses_keeps_glasses_unless_goggles_take_their_place():
    for seed in range(200):
        kinds = occluders.draw_kinds(np.random.default_rng(seed), glasses=True)
        assert len({"eyewear", "spectacles", "goggles"} & set(kinds)) == 1


@pytest.mark.parametrize("kind", occluders.KINDS)
def test_each_cover_changes_the_mask_and_leaves_a_person(monkeypatch, kind):
    frontal(monkeypatch)
    bare = worn(monkeypatch)
    for before, after in zip(bare, worn(monkeypatch, kind), strict=True):
        assert (before != after).any()
        assert area(after, "skin", "neck", "nose") > 0


@pytest.mark.parametrize("mouth", [0.0, 1.0])
def test_a_mask_hides_the_mouth_and_leaves_the_eyes(monkeypatch, mouth):
    frontal(monkeypatch, mouth)
    bare = worn(monkeypatch)
    for before, after in zip(bare, worn(monkeypatch, "mask"), strict=True):
        assert area(before, "upper_lip", "lower_lip") > 0 == area(after, "upper_lip", "inner_mouth", "lower_lip")
        assert area(after, "left_eye", "right_eye") > 0


def test_goggles_hide_the_eyes_and_leave_the_mouth(monkeypatch):
    frontal(monkeypatch)
    for label_map in worn(monkeypatch, "goggles"):
        assert area(label_map, "left_eye", "right_eye", "glasses") == 0
        assert area(label_map, "lower_lip") > 0


def test_headphones_hide_the_ears(monkeypatch):
    frontal(monkeypatch)
    bare = [area(label_map, "left_ear", "right_ear") for label_map in worn(monkeypatch)]
    covered = [area(label_map, "left_ear", "right_ear") for label_map in worn(monkeypatch, "headphones")]
    assert sum(covered) < 0.3 * sum(bare)


@pytest.mark.parametrize("kind", ["cap", "knitted_cap", "brimmed_hat", "headscarf"])
def test_no_hair_stands_out_above_headwear(monkeypatch, kind):
    frontal(monkeypatch)
    monkeypatch.setitem(occluders.KINDS, kind, HEADWEAR[kind])
    bare = worn(monkeypatch)
    for before, after in zip(bare, worn(monkeypatch, kind), strict=True):
        (top, *_), (covered_top, *_) = (np.flatnonzero(label_map.any(1)) for label_map in (before, after))
        assert covered_top > top + 5


def lens_of(monkeypatch, kind: str) -> list[np.ndarray]:
    """The first masks of some clips whose people wear lenses of a kind."""

    def draw(rng, surface):
        return eyewear.draw_eyewear(rng, surface, kind)

    monkeypatch.setitem(occluders.KINDS, "eyewear", (1, draw))
    return worn(monkeypatch, "eyewear")


@pytest.mark.parametrize("kind", ["dark", "mirror"])
def test_sunglasses_hide_the_eyes_and_are_glasses(monkeypatch, kind):
    frontal(monkeypatch)
    bare = worn(monkeypatch)
    for before, after in zip(bare, lens_of(monkeypatch, kind), strict=True):
        eyes = area(before, "left_eye", "right_eye")
        assert area(after, "left_eye", "right_eye") < 0.1 * eyes
        assert area(after, "glasses") > eyes


@pytest.mark.parametrize("kind", ["clear", "tinted"])
def test_lenses_that_one_sees_through_leave_the_mask_to_the_frames(monkeypatch, kind):
    frontal(monkeypatch)
    with_lenses = lens_of(monkeypatch, kind)
    wear = occluders.wear

    def without_lenses(*arguments):
        person, _ = wear(*arguments)
        return person, []

    monkeypatch.setattr(occluders, "wear", without_lenses)
    for framed, seen_through in zip(lens_of(monkeypatch, kind), with_lenses, strict=True):
        np.testing.assert_array_equal(framed, seen_through)
        assert area(framed, "glasses") > 0
