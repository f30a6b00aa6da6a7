import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg

ROOT = Path(__file__).parent.parent
FRAMES = [("b", "00000"), ("b", "00001"), ("a", "00000")]


@pytest.fixture
def project(empty_project) -> Path:
    """Results of two test clips, out of order, and a train clip that has none."""
    labels = read_labels(Path("data/labels.yaml"))
    for split in SPLITS:
        write_split(Path("data/clips"), split, ["b", "a"] if split == "test" else [f"{split}_000"])
    for clip, frame in [*FRAMES, ("train_000", "00000")]:
        write_jpeg(Path("data/clips/JPEGImages") / clip / f"{frame}.jpg", np.zeros((8, 12, 3), np.uint8))
    for number, (clip, frame) in enumerate(FRAMES):
        write_label_map(Path("data/results") / clip / f"{frame}.png", np.full((8, 12), number, np.uint8), labels)
    return empty_project


def submit() -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "face_parsing.commands.command_line", "submission", "--output", "out.zip"]
    return subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)


def test_every_test_frame_is_in_the_zip_file_as_it_is_and_nothing_else(project):
    assert submit().returncode == 0
    with zipfile.ZipFile("out.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f"{clip}/{frame}.png" for clip, frame in FRAMES)
        archive.extractall("out")
    for number, (clip, frame) in enumerate(FRAMES):
        with Image.open(f"out/{clip}/{frame}.png") as image:
            assert image.mode == "P" and image.size == (12, 8) and set(np.unique(image)) == {number}


def test_equal_results_make_equal_bytes(project):
    submit()
    first = Path("out.zip").read_bytes()
    for path in Path("data/results").rglob("*.png"):
        path.touch()
    submit()
    assert Path("out.zip").read_bytes() == first


def missing(path: Path) -> str:
    path.unlink()
    return "missing; expected a label map"


def clip_missing(path: Path) -> str:
    path.unlink()
    path.parent.rmdir()
    return "missing; expected a label map"


def not_a_picture(path: Path) -> str:
    path.write_bytes(b"no picture")
    return "not readable or truncated; expected a label map"


def of_another_size(path: Path) -> str:
    write_label_map(path, np.zeros((12, 8), np.uint8), read_labels(Path("data/labels.yaml")))
    return "8 x 12 pixels; expected 12 x 8"


def of_an_unknown_class(path: Path) -> str:
    write_label_map(path, np.full((8, 12), 99, np.uint8), read_labels(Path("data/labels.yaml")))
    return "unknown class 99"


def in_colours(path: Path) -> str:
    Image.new("RGB", (12, 8), (1, 2, 3)).save(path)
    return "colors; expected a label map, an indexed"


@pytest.mark.parametrize(
    "spoil", [missing, clip_missing, not_a_picture, of_another_size, of_an_unknown_class, in_colours]
)
def test_what_a_server_would_refuse_is_told_file_by_file_and_nothing_is_written(project, spoil: Callable[[Path], str]):
    words = spoil(Path("data/results/a/00000.png"))
    Path("data/results/b/00001.png").unlink()
    outcome = submit()
    assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
    lines = outcome.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("data/results/b/00001.png: missing")
    assert lines[1].startswith("data/results/a/00000.png: ") and words in lines[1]
    assert lines[2].startswith("error: 2 of 3 results can't be submitted")
    assert not Path("out.zip").exists()


def test_before_a_first_run_it_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = submit()
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines() == [
        "error: data/labels.yaml: missing; there are no results yet: run `dvc repro` first"
    ]
