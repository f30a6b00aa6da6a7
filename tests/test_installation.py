"""The package in an environment of its own: no compiler, no torch, and a parsed picture at once."""

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.imaging.label_maps import read_label_map
from tests.repositories import ROOT, environment

pytestmark = pytest.mark.integration


@pytest.mark.slow
def test_a_wheel_installs_without_a_compiler_and_parses_a_picture_without_torch(tmp_path):
    pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT]
    subprocess.run(build, check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 15_000_000
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    no_compiler = environment(PYTHONPATH="", CC="false", CXX="false") | {"PATH": str(python.parent)}
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, env=no_compiler)
    listed = subprocess.run([python, "-m", "pip", "list"], check=True, env=no_compiler, capture_output=True, text=True)
    installed = set(re.findall(r"^([\w.-]+) ", listed.stdout.lower(), re.MULTILINE))
    assert {"numpy", "onnxruntime"} <= installed and not installed & {"torch", "onedl-mmcv", "pandas", "dvc", "joblib"}
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((64, 96, 3), 128, np.uint8))
    predict = [python.parent / "face-parsing", "predict", "photo.png", "--output", "out"]
    done = subprocess.run(predict, check=True, cwd=tmp_path, env=no_compiler, capture_output=True, text=True)
    assert done.stdout == "1 faces in 1 frames, by onnxruntime: out\n"
    assert read_label_map(Path(tmp_path / "out/photo/photo.png")).shape == (64, 96)


USER = """
from pathlib import Path

from face_parsing import FaceParser, Result

parser = FaceParser(device="cpu")
result: Result = parser("photo.jpg")
hair = result.mask("hair", soft=True)
paths: list[Path] = result.save("parsed")
for frame in parser.video("clip.mp4", temporal_smoothing=True):
    print(frame.name, frame.faces[0].box, frame.class_names[0], frame.label_map.shape, hair.max())
"""


def test_a_users_ten_lines_pass_mypys_strict_mode(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    strict = ["-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", tmp_path / "user.py"]
    checked = subprocess.run([sys.executable, *strict], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.stdout.startswith("Success"), checked.stdout
