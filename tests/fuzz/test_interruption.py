"""Commands killed at random moments, or on a full disk: their outputs are whole, or not there."""

import random
import re
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pandas as pd
import pytest

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.media.reading import open_media
from face_parsing.runtime.face_parser import FaceParser
from tests.fuzz.mutation import SEED
from tests.repositories import environment, run, set_parameters, succeed

pytestmark = pytest.mark.integration

KILLS = 2  # of each command
CLIP = Path("data/clips/JPEGImages/test_000")
COMMANDS = {
    "predict": ["face-parsing", "predict", "--project", ".", str(CLIP), "video.mp4", "--output", "out"],
    "submission": ["face-parsing", "submission", "--output", "out/results.zip"],
    "export": ["face-parsing", "export", "--project", "."],
    "report": ["python", "-m", "stages.report"],
}


def whole_prediction(project: Path) -> int:
    out, count = project / "out", 0
    for name, overlays in (("test_000", 6), ("video", 0)):
        if (out / name).exists():
            count += 1
            maps = [read_label_map(path) for path in (out / name).glob("*.png")]
            pictures = [read_image(path) for path in (out / name).glob("*.jpg")]
            assert len(maps) == 6 and len(pictures) == overlays
    if (out / "video_overlay.mp4").exists():
        count += 1
        assert len(open_media(out / "video_overlay.mp4")[0]) == 6
    if (out / "faces.csv").exists():
        count += 1
        assert len(set(pd.read_csv(out / "faces.csv", dtype=str)["clip"])) >= 1
    return count


def whole_submission(project: Path) -> int:
    path = project / "out/results.zip"
    if not path.exists():
        return 0
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 12
    return 1


def whole_export(project: Path) -> int:
    folder = project / "exported"
    if not folder.exists():
        return 0
    FaceParser(folder)
    return len(list(folder.glob("*.onnx")))


def whole_report(project: Path) -> int:
    path = project / "report/index.html"
    if path.exists():
        assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    return int(path.exists())


# How many outputs of a command are there, each of which is whole.
WHOLE: dict[str, Callable[[Path], int]] = {
    "predict": whole_prediction,
    "submission": whole_submission,
    "export": whole_export,
    "report": whole_report,
}
ALL = {"predict": 4, "submission": 1, "export": 2, "report": 1}


@pytest.fixture
def prepared(project) -> Path:
    """The project with a video to predict, one segmenter to export, which takes half a minute each, and no report."""
    set_parameters(project, {"seg.fusion": "none"})
    (clip,) = [clip for clip in read_split(project / "data/clips", "test") if clip == CLIP.name]
    writer = cv2.VideoWriter(str(project / "video.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 96))
    for frame in frames_of(project / "data/clips", clip):
        writer.write(read_image(frame.image))
    writer.release()
    shutil.rmtree(project / "report")
    return project


def clear(project: Path) -> None:
    """Remove the outputs, but not what an interrupted run has left hidden."""
    for path in [*(project / "out").glob("[!.]*"), project / "exported", project / "report"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_moment_there_are_whole_outputs_or_none_and_the_next_run_makes_all(prepared, name):
    if name == "export":
        pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")
    start = time.perf_counter()
    succeed(prepared, *COMMANDS[name])
    lasts = time.perf_counter() - start
    assert WHOLE[name](prepared) == ALL[name]
    rng = random.Random(SEED)
    for kill in range(KILLS):
        clear(prepared)
        started = subprocess.Popen(
            COMMANDS[name], cwd=prepared, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # The last third is when most is written.
        time.sleep(lasts * rng.uniform(0.66 if kill % 2 else 0, 1))
        started.send_signal(signal.SIGKILL)
        started.wait()
        assert WHOLE[name](prepared) <= ALL[name]
    succeed(prepared, *COMMANDS[name])
    assert WHOLE[name](prepared) == ALL[name]
    left = [path for folder in (".", "out", "report") for path in (prepared / folder).glob(".*partial*")]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_files_that_can_only_grow_to_a_size_are_whole_or_not_there_and_one_line_tells(prepared, name):
    if name == "export":
        pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")
    succeed(prepared, *COMMANDS[name])
    made = [path for folder in ("out", "exported", "report") for path in (prepared / folder).rglob("*")]
    sizes = sorted(path.stat().st_size for path in made if path.is_file())
    # A few bytes, too few for the frameworks' own scratch files; less than half of the files; all but the largest.
    for most in (1, sizes[len(sizes) // 2] - 1, sizes[-1] * 3 // 4)[2 * (name == "export") :]:  # which takes long
        clear(prepared)
        started = subprocess.run(
            COMMANDS[name],
            cwd=prepared,
            env=environment(),
            preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert started.returncode == 1 and "Traceback" not in started.stderr, started.stderr
        assert re.search(r"^error: |^skipped: ", started.stderr, re.MULTILINE)
        assert WHOLE[name](prepared) < ALL[name]


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[None]:
    """Mount a file system of so many KiB, where this process may."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kibibytes"), [("predict", 40), ("submission", 8)])
def test_on_a_full_disk_outputs_are_whole_or_not_there_and_one_line_tells(prepared, tmp_path, name, kibibytes):
    with small_disk(tmp_path / "disk", kibibytes):
        (prepared / "out").symlink_to(tmp_path / "disk")
        outcome = run(prepared, *COMMANDS[name])
        assert outcome.returncode == 1 and "Traceback" not in outcome.stdout, outcome.stdout
        assert "not written" in outcome.stdout
        assert WHOLE[name](prepared) < ALL[name]
        assert list((tmp_path / "disk").glob(".*")) == []
