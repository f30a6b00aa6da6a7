import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from face_parsing.clips.face_table import Face
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.ground_truth.attributes import occluders_of
from face_parsing.runtime.bundled import WEIGHTS
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.script import Script, draw_script
from face_parsing.synthetic.video import render
from face_parsing.synthetic.wear.occluders import KINDS
from tests.repositories import ROOT, set_parameters
from tools import rendered
from tools.rendered import GROUPS, Record, measured, report

LABELS = read_labels(ROOT / "configs/labels.yaml")


def record(**traits) -> Record:
    """A bare frontal face in good light, of which every pixel is right."""
    plain = dict(tone=50.0, yaw=0.0, height=100.0, occluders=frozenset(), brightness=120.0, found=True)
    return Record(**(plain | {"confusion": np.diag([5, 3, 2])} | traits))


def groups_of(one: Record) -> list[str]:
    return [group for groups in GROUPS.values() for group, belongs in groups.items() if belongs(one)]


def rendering() -> tuple[Synthetic, RenderedClips]:
    once = PerSplit(train=1, val=1, test=1)
    none = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
    domain_randomization = DomainRandomization(
        people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    clips = RenderedClips(count=once, frames=once, width=96, height=64, domain_randomization=domain_randomization)
    return Synthetic(seed=0, smallest_face=0.5, **none), clips


def script() -> Script:
    return draw_script(*rendering(), "test", 0)


def test_a_picture_is_in_one_group_of_each_trait():
    assert groups_of(record()) == ["41 and more", "under 20", "96 to 192", "nothing", "100 to 180"]


@pytest.mark.parametrize(
    ("traits", "group"),
    [
        ({"tone": -30.1}, "under -30"),
        ({"tone": -30.0}, "-30 to 10"),
        ({"yaw": 45.0}, "45 to 70"),
        ({"yaw": 90.0}, "70 and more"),
        ({"height": 20.0}, "under 48"),
        ({"brightness": 10.0}, "under 50"),
    ],
)
def test_a_limit_belongs_to_the_group_above_it(traits, group):
    assert group in groups_of(record(**traits))


def test_two_covers_are_two_groups_and_a_face_without_skin_is_in_no_light():
    one = record(occluders=frozenset(["hand", "the frame's edge"]), brightness=float("nan"))
    assert groups_of(one)[3:] == ["hand", "the frame's edge"]


def test_every_kind_of_cover_has_a_group():
    for kind in KINDS:
        (cover,) = occluders_of(replace(script(), kinds=[kind], identity=replace(script().identity, glasses=None)))
        assert cover in GROUPS["covered by"]


def test_the_report_sums_a_groups_pixels_and_leaves_empty_groups_out():
    wrong = np.array([[0, 0, 0], [0, 1, 0], [0, 2, 1]])
    lines = report([record(), record(yaw=80.0, found=False, confusion=wrong)], {1: "skin", 2: "nose"}).splitlines()
    assert "| skin | 0.800 |" in lines  # 2 * 4 of 4 and 6
    assert "| nose | 0.750 |" in lines  # 2 * 3 of 5 and 3
    assert "| all |  | 2 | 0.775 | 0.500 |" in lines
    turns = [line for line in lines if line.startswith("| turn of the head")]
    assert turns == [
        "| turn of the head, degrees | under 20 | 1 | 1.000 | 1.000 |",
        "| turn of the head, degrees | 70 and more | 1 | 0.500 | 0.000 |",
    ]


def boxed(box: tuple[float, float, float, float]) -> SimpleNamespace:
    """A parser that finds a face in this box of every picture, and parses it as background."""
    return SimpleNamespace(
        labels=LABELS,
        project=WEIGHTS,
        find_each=lambda images: [[Face(box, 0.9, "detected")] for _ in images],
        parse=lambda images, *_, **_stills: [(image, np.zeros(image.shape[:2], np.uint8)) for image in images],
    )


def test_a_face_is_found_if_the_box_lies_where_it_is():
    label_map = next(render(script(), LABELS))[1]
    y, x = label_map.nonzero()
    right = (float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1))
    (hit,), (miss,) = (list(measured(boxed(box), *rendering(), 1)) for box in (right, (0.0, 0.0, 5.0, 5.0)))
    assert (hit.found, miss.found) == (True, False)
    assert hit.height == right[3] - right[1]
    assert hit.confusion[1:, 0].sum() == (label_map > 0).sum()


def measure(monkeypatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["rendered", *map(str, words)])
    rendered.main()


def test_a_project_is_measured_on_pictures_of_its_own_profile(untrained, monkeypatch, capsys):
    size = {"profiles.mini.clips.width": 96, "profiles.mini.clips.height": 64}
    set_parameters(untrained, size | {"synthetic.small_faces": 0.0, "synthetic.partial_faces": 0.0})
    measure(monkeypatch, "--project", untrained, "--clips", 3)
    first, *_ = out = capsys.readouterr().out.splitlines()
    assert first == "3 pictures of 96 x 64 pixels, profile mini, seed 1000"
    (whole,) = (line for line in out if line.startswith("| all |"))
    assert whole.endswith("| 0.000 |")  # nothing is detected without a detector
    with pytest.raises(PipelineError, match="--seed 0: the models were trained on it; expected another"):
        measure(monkeypatch, "--project", untrained, "--seed", 0)
