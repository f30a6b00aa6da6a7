from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from face_parsing.commands import flicker
from face_parsing.commands.command_line import parser
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg

LABELS = read_labels(Path("configs/labels.yaml"))


@pytest.fixture
def clip(tmp_path) -> Path:
    """Four still frames; the predicted face is one class in all but the third, where its half is another."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    for i in range(4):
        write_jpeg(tmp_path / f"clip/{i}.jpg", cv2.GaussianBlur(noise, (0, 0), 2))
        label_map = np.zeros((60, 80), np.uint8)
        label_map[20:40, 20:60] = 1
        if i == 2:
            label_map[20:40, 40:60] = 2
        write_label_map(tmp_path / f"out/clip/{i}.png", label_map, LABELS)
    return tmp_path / "clip"


def run(*arguments: object) -> pd.DataFrame:
    flicker.main(parser().parse_args(["flicker", *map(str, arguments)]))
    return pd.read_csv(arguments[-1], dtype={"frame": str})


def test_each_frame_tells_the_share_that_has_changed_since_the_last(clip, tmp_path, capsys):
    table = run(clip, "--prediction", tmp_path / "out", "--output", tmp_path / "flicker.csv")
    assert table["frame"].tolist() == ["1", "2", "3"]
    assert table["estimated_flicker"].tolist() == [0, 0.5, 0.5]
    assert "clip: estimated flicker 0.3333" in capsys.readouterr().out


def test_an_image_alone_has_none(clip, tmp_path, capsys):
    write_label_map(tmp_path / "out/0/0.png", np.ones((60, 80), np.uint8), LABELS)
    assert run(clip / "0.jpg", "--prediction", tmp_path / "out", "--output", tmp_path / "flicker.csv").empty
    assert "estimated flicker none" in capsys.readouterr().out


def test_a_missing_label_map_and_one_of_another_size_are_told(clip, tmp_path):
    (tmp_path / "out/clip/3.png").unlink()
    with pytest.raises(PipelineError, match=r"out/clip/3\.png: .*expected a label map"):
        run(clip, "--prediction", tmp_path / "out", "--output", tmp_path / "flicker.csv")
    write_label_map(tmp_path / "out/clip/3.png", np.ones((6, 8), np.uint8), LABELS)
    with pytest.raises(PipelineError, match=r"out/clip/3\.png: 8 x 6 pixels; expected 80 x 60"):
        run(clip, "--prediction", tmp_path / "out", "--output", tmp_path / "flicker.csv")
    assert not (tmp_path / "flicker.csv").exists()
