from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.scene.scenery import camouflaged
from face_parsing.synthetic.script import Script, draw_script
from face_parsing.synthetic.video import render, render_clip

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))
ONCE = PerSplit(train=1, val=1, test=1)
PARAMETERS = Synthetic(
    seed=3, small_faces=0.0, smallest_face=0.3, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.5
)


def clips(**shares: float) -> RenderedClips:
    domain_randomization = DomainRandomization(**(dict.fromkeys(DomainRandomization.model_fields, 0.0) | shares))
    return RenderedClips(count=ONCE, frames=ONCE, width=160, height=96, domain_randomization=domain_randomization)


def drawn(index: int = 0, **shares: float) -> Script:
    return draw_script(PARAMETERS, clips(**shares), "test", index)


def test_a_script_renders_its_clip_as_often_as_it_is_asked_to():
    every = dict.fromkeys(DomainRandomization.model_fields, 1.0)
    script = drawn(**every)
    expected = next(render_clip(PARAMETERS, clips(**every), LABELS, "test", 0))
    for _ in range(2):
        for one, other in zip(next(render(script, LABELS)), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_face_is_about_as_high_as_its_script_says():
    for index in range(3):
        script = drawn(index)
        rows = np.flatnonzero(next(render(script, LABELS))[1].any(1))
        assert rows[-1] + 1 - rows[0] == pytest.approx(script.face_height, rel=0.12)


def test_a_look_leaves_who_is_seen_and_how_they_move_as_they_are():
    plain, lit = drawn(), drawn(lights=1.0, scenery=1.0, camera=1.0)
    assert (plain.lighting.scene is None, plain.look is None) == (True, True)
    assert lit.look is not None
    assert plain.identity.hair_style == lit.identity.hair_style
    np.testing.assert_array_equal(plain.motion.yaw, lit.motion.yaw)
    assert (plain.face_height, plain.distance) == (lit.face_height, lit.distance)


def test_framed_faces_fill_the_frame_or_more_and_are_cut_on_every_side():
    heights = np.array([drawn(index, framing=1.0).face_height / 96 for index in range(60)])
    assert heights.min() < 0.55
    assert heights.max() > 1.25
    cut = np.zeros(4, int)
    upright = clips(framing=1.0).model_copy(update={"width": 64})
    for index in range(30):
        face = next(render(draw_script(PARAMETERS, upright, "test", index), LABELS))[1] > 0
        cut += [face[0].any(), face[-1].any(), face[:, 0].any(), face[:, -1].any()]
    assert (cut > 0).all()


def test_some_scenes_have_the_colour_of_the_skin_or_the_hair_before_them():
    person = drawn().identity
    grey = np.full((12, 16, 3), 128, np.uint8)
    rng = np.random.default_rng(0)
    toned = [camouflaged(rng, grey, person) for _ in range(200)]
    changed = [scene for scene in toned if scene is not grey]
    assert 0.2 < len(changed) / len(toned) < 0.4
    # On the way from grey to the colour in a light of 0.6 to 1.2.
    colors = np.stack([person.skin, person.hair_color])[:, ::-1]
    low, high = np.minimum(128, 0.6 * colors.min(axis=0)) - 1, np.maximum(128, 1.2 * colors.max(axis=0)) + 1
    for scene in changed:
        assert ((scene >= low) & (scene <= high)).all()


def test_people_face_any_way_and_never_beyond_what_a_neck_allows():
    plain, varied = (
        np.rad2deg(
            [[getattr(drawn(i, **shares).motion, axis)[0] for i in range(200)] for axis in ("yaw", "pitch", "roll")]
        )
        for shares in ({}, {"people": 1.0})
    )
    assert np.mean(np.abs(plain[0]) > 70) < 0.02
    assert 0.08 < np.mean(np.abs(varied[0]) > 70) < 0.25
    assert np.mean(np.abs(varied[0]) < 30) > 0.35
    assert (np.std(varied[1:], axis=1) > 1.2 * np.std(plain[1:], axis=1)).all()
    assert (np.abs(varied).max(axis=1) <= np.array([95, 35, 35])).all()


def test_with_covers_the_plain_glasses_give_way_to_spectacles():
    with_glasses = [index for index in range(8) if drawn(index).identity.glasses]
    assert with_glasses
    for index in with_glasses:
        script = drawn(index, occluders=1.0)
        assert script.identity.glasses is None
        assert {"spectacles", "eyewear", "goggles"} & set(script.kinds)
