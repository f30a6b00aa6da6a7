from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.synthetic import script
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.people.hair import BARE, shell_points
from face_parsing.synthetic.people.identity import Clothes, Expression, Identity, draw_identity
from face_parsing.synthetic.people.motion import Motion
from face_parsing.synthetic.people.variety import HAIR_STYLES, widened
from face_parsing.synthetic.rendering.mesh import bent
from face_parsing.synthetic.video import render_clip

LABELS = read_labels(Path("configs/labels.yaml"))


def plain(seed: int = 0, beard: bool = False) -> Identity:
    return draw_identity(np.random.default_rng(seed), beard=beard, glasses=False, eyeshadow=False)


def render(monkeypatch, index: int = 0, **traits: object) -> np.ndarray:
    """The mask of somebody with these traits, seen from the front."""
    return render_person(monkeypatch, index, **traits)[1]


def render_person(monkeypatch, index: int = 0, **traits: object) -> tuple[np.ndarray, np.ndarray]:
    """The picture and the mask of somebody with these traits, seen from the front."""
    zero, flat = np.zeros(1), np.zeros((1, 2))
    still = Motion(zero, zero, zero, zero, flat, zero + 1, zero + 1, zero, flat)
    monkeypatch.setattr(script, "draw_motion", lambda *_, **__: still)
    monkeypatch.setattr(script, "turned_further", lambda motion, _: motion)
    monkeypatch.setattr(script, "widened", lambda person, _: replace(person, **{"glasses": None, **traits}))
    one = PerSplit(train=1, val=1, test=1)
    domain_randomization = DomainRandomization(
        people=1.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    clips = RenderedClips(count=one, frames=one, width=480, height=360, domain_randomization=domain_randomization)
    none = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    return next(render_clip(Synthetic(seed=3, smallest_face=0.6, **none), clips, LABELS, "train", index))


def area(label_map: np.ndarray, name: str) -> int:
    return int((label_map == LABELS.id_of(name)).sum())


def test_a_seed_always_draws_the_same_person():
    first, second = (widened(plain(), np.random.default_rng(5)) for _ in range(2))
    for field in fields(Identity):
        np.testing.assert_equal(getattr(first, field.name), getattr(second, field.name))


def test_what_the_labels_are_drawn_for_stays():
    person = draw_identity(np.random.default_rng(1), beard=True, glasses=True, eyeshadow=True)
    wide = widened(person, np.random.default_rng(5))
    assert (wide.beard, wide.glasses) == (person.beard, person.glasses)
    assert wide.eyeshadow is person.eyeshadow


def test_people_differ_more_than_plain_ones():
    noses = np.array([plain(seed).nose for seed in range(200)])
    wide = np.array([widened(plain(seed), np.random.default_rng(seed)).nose for seed in range(200)])
    assert (wide.std(axis=0) > 1.3 * noses.std(axis=0)).all()


def test_all_styles_of_hair_are_drawn():
    drawn = {widened(plain(), np.random.default_rng(seed)).hair_style for seed in range(1500)}
    assert drawn == set(HAIR_STYLES)


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_hair_lies_above_the_nose_and_leaves_it_free(monkeypatch, style):
    label_map = render(monkeypatch, hair_style=style, hair_length=0.5, parting=0.4, hairline=6.5)
    nose = np.argwhere(label_map == LABELS.id_of("nose"))
    hair = np.argwhere(label_map == LABELS.id_of("hair"))
    assert len(nose) > 100
    if style not in BARE:
        assert len(hair) > 500
    if len(hair):
        assert hair[:, 0].min() < nose[:, 0].min()


def test_a_hairline_above_a_low_skull_gives_hair_of_finite_points():
    low = replace(plain(), skull=np.array([1.0, 0.7, 1.0]), hair_style="short", hairline=9.5)
    points, lengths = shell_points(low, np.random.default_rng(0))
    assert np.isfinite(points).all() and np.isfinite(lengths).all()


def test_a_bald_crown_is_free_and_its_sides_are_not(monkeypatch):
    label_map = render(monkeypatch, hair_style="crown", hair_length=0.0)
    top = np.flatnonzero((label_map > 0).any(axis=1))[0]
    assert not (label_map[top : top + 5] == LABELS.id_of("hair")).any()
    assert area(label_map, "hair") > 50


def test_a_closed_eye_is_skin_and_the_other_stays_open(monkeypatch):
    label_map = render(monkeypatch, expression=Expression(eyes=(0.0, 1.0)))
    assert area(label_map, "left_eye") == 0 < area(label_map, "right_eye")


def test_a_mouth_may_stand_open_without_speech(monkeypatch):
    assert area(render(monkeypatch, expression=Expression(gap=0.0)), "inner_mouth") == 0
    little, wide = (area(render(monkeypatch, expression=Expression(gap=gap)), "inner_mouth") for gap in (0.6, 2.5))
    assert 0 < little < wide


def test_a_smile_lifts_the_mouths_corners(monkeypatch):
    def rise(smile: float) -> float:
        """How far the corners of the lower lip lie above its middle, pixels."""
        lip = np.argwhere(render(monkeypatch, expression=Expression(smile=smile)) == LABELS.id_of("lower_lip"))
        columns = lip[:, 1]
        ends = (columns < columns.min() + 3) | (columns > columns.max() - 3)
        return lip[np.abs(columns - columns.mean()) < 3, 0].mean() - lip[ends, 0].mean()

    assert rise(0.8) > rise(0.0) + 3 > rise(-0.5) + 3


def test_a_roll_neck_covers_the_neck(monkeypatch):
    free = area(render(monkeypatch, clothes=Clothes(rise=1.0)), "neck")
    collar = area(render(monkeypatch, clothes=Clothes(rise=1.0, high=2.0)), "neck")
    roll_neck = area(render(monkeypatch, clothes=Clothes(rise=1.0, high=7.0)), "neck")
    assert free > collar > roll_neck


def test_a_patchy_beard_lets_skin_through(monkeypatch):
    def beard(gaps: float) -> tuple[np.ndarray, np.ndarray]:
        black = np.zeros(3)
        picture, labels = render_person(monkeypatch, beard="full", beard_color=black, beard_gaps=gaps)
        return picture.astype(float), labels == LABELS.id_of("beard")

    (full, everywhere), (patchy, most), (_, few) = map(beard, (0.0, 0.5, 1.0))
    assert patchy[everywhere].mean() > full[everywhere].mean() + 5
    # The label keeps the whole of the patchy beard, without its gaps: a few hairs are no beard.
    assert most.sum() > 0.9 * everywhere.sum() > 5 * few.sum()
    assert cv2.connectedComponents((~most).astype(np.uint8))[0] < 12


def test_a_beard_of_its_own_color_thins_out_where_it_ends(monkeypatch):
    def beard(**traits: object) -> tuple[np.ndarray, np.ndarray]:
        picture, labels = render_person(monkeypatch, beard="full", **traits)
        return picture.astype(float), labels == LABELS.id_of("beard")

    white = np.full(3, 230.0)
    (plain_picture, plain_mask), (picture, mask) = beard(), beard(beard_color=white)
    np.testing.assert_array_equal(mask, plain_mask)
    assert picture[mask].mean() > plain_picture[mask].mean() + 60
    faded_picture, faded_mask = beard(beard_color=white, beard_fade=1.5)
    assert 0 < faded_mask.sum() < mask.sum() and not (faded_mask & ~mask).any()
    inner = cv2.erode(faded_mask.astype(np.uint8), np.ones((15, 15))) > 0
    outer = faded_mask & ~(cv2.erode(faded_mask.astype(np.uint8), np.ones((3, 3))) > 0)
    change = np.abs(faded_picture - picture).mean(axis=2)
    assert change[outer].mean() > 3 * change[inner].mean()


def test_a_shaven_chin_is_darker_and_keeps_its_labels(monkeypatch):
    (bare, labels), (dark, same_labels) = (render_person(monkeypatch, beard=None, shaven=share) for share in (0.0, 0.4))
    np.testing.assert_array_equal(labels, same_labels)
    changed = (bare.astype(int) - dark).max(axis=2) > 8
    assert changed.sum() > 200
    # The camera's compression carries a little of it further.
    face = np.isin(labels[changed], [LABELS.id_of(name) for name in ("skin", "upper_lip", "lower_lip", "neck")])
    assert face.mean() > 0.9


def test_bends_of_no_strength_move_nothing_and_a_wave_moves_as_its_sine():
    points = np.random.default_rng(0).normal(size=(20, 3))
    still = np.array([[0.1, 0.2, 0.3, 0.4, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(bent(points, still), points)
    wave = np.array([[0.0, np.pi / 2, 0.0, 0.0, 0.7, 0.0, 0.0]])
    moved = bent(np.array([[1.0, 1.0, 0.0], [1.0, 2.0, 5.0]]), wave)
    np.testing.assert_allclose(moved, [[1.7, 1.0, 0.0], [1.0, 2.0, 5.0]], atol=1e-12)


@pytest.mark.parametrize(("trait", "amount"), [("lashes", 0.3), ("eyeliner", 0.2), ("sockets", 0.6)])
def test_lashes_eyeliner_and_dark_sockets_are_skin_around_the_eye(monkeypatch, trait, amount):
    light = {"skin": np.full(3, 200.0), "expression": Expression()}
    plain_picture, plain_map = render_person(monkeypatch, **light)
    picture, label_map = render_person(monkeypatch, **light, **{trait: amount})
    np.testing.assert_array_equal(label_map, plain_map)
    darker = picture.astype(float).mean(2) < plain_picture.astype(float).mean(2) - 15
    eye = label_map == LABELS.id_of("left_eye")
    around = cv2.dilate(eye.astype(np.uint8), np.ones((13, 13))).astype(bool) & (label_map == LABELS.id_of("skin"))
    assert (darker & around).sum() > 20
    assert darker[eye].mean() < 0.35  # the lid's own line lies on the edge


def test_a_brow_that_fades_keeps_its_label_and_is_faint_at_its_outer_end(monkeypatch):
    def brow(cover: float, fade: float) -> tuple[np.ndarray, np.ndarray]:
        traits = {"skin": np.full(3, 200.0), "brow_color": np.zeros(3), "brow_cover": cover, "brow_fade": fade}
        picture, label_map = render_person(monkeypatch, **traits)
        return picture.astype(float).mean(2), label_map == LABELS.id_of("left_eyebrow")

    (bare, where), (full, same), (faded, kept) = brow(0.0, 0.0), brow(0.9, 0.0), brow(0.9, 0.9)
    assert (where == same).all() and (where == kept).all()
    column = np.broadcast_to(np.arange(where.shape[1]), where.shape)
    outer = column > np.quantile(column[where], 0.8)  # the subject's left is the image's right
    inner = column < np.quantile(column[where], 0.5)
    left = ((bare - faded)[where & part].sum() / (bare - full)[where & part].sum() for part in (outer, inner))
    assert next(left) < 0.6 * next(left) < 0.6


def test_hanging_hair_spreads_and_leans_to_one_side():
    def width(**traits: float) -> tuple[float, float]:
        """How far the shell reaches to the subject's right and left, centimetres."""
        hair = {"hair_style": "long", "hair_length": 1.0, "waves": 0.0, "hair_volume": 1.0}
        points, _ = shell_points(replace(plain(), **hair, **traits), np.random.default_rng(0))
        return -points[..., 0].min(), points[..., 0].max()

    close, wide, leaning = width(), width(hair_spread=0.3), width(hair_spread=0.3, hair_lean=0.8)
    assert min(wide) > max(close) + 4
    assert leaning[1] > wide[1] + 2 and leaning[0] < wide[0] - 2
