"""What an edit of each room reruns, by real edits and `dvc status`: no training for code that can not change it."""

import re
from pathlib import Path

import pytest
from dvc.repo import Repo

from tests.repositories import SEGMENTERS, TRAININGS, succeed
from tests.test_dvc_yaml import ROOT, room_of, rooms

SEGMENTS = [name.replace("train_segmenter", "segment") for name in SEGMENTERS]
CLIP_BY_CLIP = {"prepare", "boxes", "detect", "crop", *SEGMENTS, "ensemble", "refine", "score", "score_video"}
AFTER_CHECK = {*CLIP_BY_CLIP, *TRAININGS, "report"}
# The stages whose dependencies an edit of a room changes. Those after them run only where their outputs change too.
RERUNS = {
    "core": {"check", *AFTER_CHECK},
    "imaging": AFTER_CHECK - {"train_detector"},
    "geometry": {"detect", "crop", *SEGMENTS, "ensemble"},
    "clips": {*CLIP_BY_CLIP, "report"},
    "compute": CLIP_BY_CLIP,
    "motion": {"check", "prepare", "ensemble", "score", "score_video"},
    "checkpoints": {"check", *TRAININGS, "detect", *SEGMENTS},
    "provenance": set(),
    "sources": {"prepare"},
    "synthetic": {"prepare"},
    "detector": {"boxes", "train_detector", "detect", "crop"},
    "faces": {"boxes", "detect", "crop"},
    "segmenter": {"train_backbone", *SEGMENTERS, *SEGMENTS},
    "training": set(TRAININGS),
    "parsing": {*SEGMENTS, "ensemble"},
    "grabcut": {"refine"},
    "metrics": {"score", "score_video"},
    "plots": {"score", "score_video"},
    "report": {"report"},
    "runtime": set(),
    "inspection": set(),
    "media": set(),
    "commands": set(),
    "demo": set(),
    "export": set(),
    "ground_truth": set(),
    # All variants are off. check writes the checksums of those that are on, so that nothing follows it.
    "variants": {"check"},
    "variants/mask_propagation": {"check"},
    "variants/panoptic_fpn": {"check"},
    "variants/pseudo_labels": {"check"},
    "variants/mask_rcnn": {"check"},
    "variants/swin": {"check"},
}
MODULES = {  # those that people edit most
    "face_parsing/compute/cluster.py": "compute",
    "face_parsing/compute/parallel.py": "compute",
    "face_parsing/motion/optical_flow.py": "motion",
    "face_parsing/motion/flow_files.py": "motion",
    "face_parsing/clips/face_table.py": "clips",
    "face_parsing/media/reading.py": "media",
    "face_parsing/commands/predict.py": "commands",
    "face_parsing/commands/provenance.py": "commands",
    "face_parsing/provenance/record.py": "provenance",
    "face_parsing/demo/page/page.js": "demo",
    "face_parsing/report/page.html": "report",
}
NO_TRAINING = (
    "compute",
    "motion",
    "clips",
    "geometry",
    "media",
    "commands",
    "demo",
    "export",
    "provenance",
    "report",
    "runtime",
    "inspection",
    "ground_truth",
    "variants",
)


def out_of_date_after(project: Path, module: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The stages whose dependencies an edit of a module changes."""
    monkeypatch.chdir(project)
    text = (project / module).read_bytes()
    (project / module).write_bytes(text + b"\n")
    try:
        with Repo(str(project)) as repo:
            return set(repo.status())
    finally:
        (project / module).write_bytes(text)


@pytest.fixture(scope="module")
def edited(reproduced, tmp_path_factory) -> Path:
    """A reproduced repository that these tests edit and leave as it was."""
    folder = tmp_path_factory.mktemp("edited") / "project"
    succeed(folder.parent, "cp", "-a", str(reproduced), str(folder))
    return folder


def test_the_table_has_every_room():
    assert {
        room_of(Path("face_parsing", room, "a.py")).relative_to("face_parsing").as_posix() for room in rooms()
    } == set(RERUNS)


@pytest.mark.parametrize("room", RERUNS)
def test_an_edit_of_a_room_reruns_the_stages_that_can_change_by_it(edited, room, monkeypatch):
    module = min((ROOT / "face_parsing" / room).glob("[a-z]*.py")).relative_to(ROOT)
    assert out_of_date_after(edited, module, monkeypatch) == RERUNS[room]


@pytest.mark.parametrize("module", MODULES)
def test_an_edit_of_a_module_is_one_of_its_room(edited, module, monkeypatch):
    assert out_of_date_after(edited, Path(module), monkeypatch) == RERUNS[MODULES[module]]


def test_no_training_depends_on_code_that_can_not_change_its_weights():
    assert {room: RERUNS[room] & set(TRAININGS) for room in NO_TRAINING} == {room: set() for room in NO_TRAINING}


def running(log: str) -> set[str]:
    return set(re.findall(r"Running stage '(\S+)'", log))


def test_an_edited_comment_of_the_trainings_runs_them_and_nothing_after_them(project):
    models = {path: path.read_bytes() for path in sorted((project / "models").glob("*.pth"))}
    origin = project / "models/ocrnet.provenance.json"
    before = origin.read_bytes()
    module = project / "face_parsing/training/curves.py"
    module.write_text(module.read_text() + "\n# An edit.\n")
    assert running(succeed(project, "dvc", "repro")) == set(TRAININGS)
    assert {path: path.read_bytes() for path in models} == models
    assert origin.read_bytes() != before


def test_an_edit_of_the_refinement_runs_it_and_what_shows_its_result(project):
    module = project / "face_parsing/grabcut/refining.py"
    lines = module.read_text().splitlines(keepends=True)
    (line,) = [
        number for number, text in enumerate(lines) if text.startswith("        return refine(image, label_map, ")
    ]
    lines[line] = lines[line].replace("return", "refined, failures =")
    lines.insert(line + 1, "        refined[:8, :8] = refined[:8, :8] == 0\n        return refined, failures\n")
    module.write_text("".join(lines))
    assert running(succeed(project, "dvc", "repro")) == {"refine", "score", "score_video", "report"}
