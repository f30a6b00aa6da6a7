import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from face_parsing.clips.layout import write_split
from face_parsing.commands.score import score_prediction
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.metrics.parameters import Score
from tests.face_parsing.metrics import official

ROOT = Path(__file__).parents[2]
PARAMETERS = Score(classes="truth", skip_ends=False, worst=2)
KEYS = {"JF", "J_mean", "J_recall", "J_decay", "F_mean", "F_recall", "F_decay"}


@pytest.fixture
def labels():
    return read_labels(ROOT / "configs/labels.yaml")


@pytest.fixture
def folders(tmp_path, labels) -> tuple[Path, Path]:
    """Truth and prediction of two clips, five frames each."""
    rng = np.random.default_rng(0)
    for clip in ("a", "b"):
        for frame in range(5):
            truth = np.kron(rng.integers(0, 4, (4, 5)), np.ones((6, 7))).astype(np.uint8)
            truth[0, :3] = 255
            prediction = np.roll(truth, frame, 1)
            prediction[prediction == 255] = 0
            write_label_map(tmp_path / f"truth/{clip}/{frame:05d}.png", truth, labels)
            write_label_map(tmp_path / f"prediction/{clip}/{frame:05d}.png", prediction, labels)
    return tmp_path / "truth", tmp_path / "prediction"


def test_numbers_are_means_over_clip_and_class_of_the_official_statistics(folders, tmp_path):
    score_prediction(*folders, tmp_path / "out.json", None, PARAMETERS)
    numbers = json.loads((tmp_path / "out.json").read_text())
    assert set(numbers) == KEYS
    table = pd.read_csv(tmp_path / "out_objects.csv").set_index(["clip", "class"])
    rows = []
    for clip in ("a", "b"):
        pairs = [[np.array(Image.open(folder / clip / f"{frame:05d}.png")) for folder in folders] for frame in range(5)]
        for i in (1, 2, 3):
            masks = [(truth == i, prediction == i, truth == 255) for truth, prediction in pairs]
            measures = (np.array([measure(*m) for m in masks]) for measure in (official.region, official.boundary))
            rows.append([value for values in measures for value in official.statistics(values)])
            assert table.loc[(clip, i)].tolist() == pytest.approx(rows[-1], abs=1e-12)
    names = ["J_mean", "J_recall", "J_decay", "F_mean", "F_recall", "F_decay"]
    assert [numbers[name] for name in names] == pytest.approx(np.mean(rows, axis=0), abs=1e-6)
    assert pd.read_csv(tmp_path / "out_sizes.csv")["frames"].sum() == 10
    assert numbers["JF"] == pytest.approx((numbers["J_mean"] + numbers["F_mean"]) / 2, abs=1e-6)


def test_beside_image_sets_only_the_predicted_splits_clips_are_asked_for(folders, tmp_path, labels):
    truth, prediction = folders
    root = tmp_path / "clips"
    root.mkdir()
    truth = truth.rename(root / "Annotations")
    write_label_map(truth / "c/00000.png", np.ones((4, 4), np.uint8), labels)
    for split, clips in {"train": ["c"], "val": [], "test": ["a", "b"]}.items():
        write_split(root, split, clips)
    score_prediction(truth, prediction, tmp_path / "out.json", None, PARAMETERS)
    assert len(pd.read_csv(tmp_path / "out_objects.csv")) == 6
    for file in (prediction / "b").iterdir():
        file.unlink()
    (prediction / "b").rmdir()
    with pytest.raises(PipelineError, match=r"prediction/b/00000\.png: missing"):
        score_prediction(truth, prediction, tmp_path / "out.json", None, PARAMETERS)


def rgb(path: Path) -> None:
    Image.new("RGB", (35, 24), (1, 2, 3)).save(path)


def corrupt(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def resized(path: Path) -> None:
    Image.new("P", (35, 23)).save(path)


def unknown(path: Path) -> None:
    Image.new("L", (35, 24), 77).save(path)


@pytest.mark.parametrize(
    "fault, words",
    [
        (rgb, r"color \[1, 2, 3\] of no class"),
        (corrupt, "not readable or truncated; expected a label map"),
        (Path.unlink, "missing"),
        (resized, "35 x 2[34] pixels; expected 35 x 2[34]"),
        (unknown, "unknown class 77"),
    ],
)
@pytest.mark.parametrize("side", [0, 1], ids=["truth", "prediction"])
def test_a_bad_file_gets_one_line_and_no_metrics(folders, tmp_path, side, fault, words):
    file = folders[side] / "b/00003.png"
    fault(file)
    with pytest.raises(PipelineError, match=words) as error:
        score_prediction(*folders, tmp_path / "out.json", ROOT / "configs/labels.yaml", PARAMETERS)
    assert "b/00003.png" in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.glob("out*"))


def test_equal_label_maps_of_which_one_has_a_renumbered_palette_are_equal(folders, tmp_path, labels):
    shutil.rmtree(folders[1])
    for path in folders[0].glob("*/*.png"):
        label_map = np.where(read_label_map(path) == 255, 0, read_label_map(path))
        write_label_map(path, np.where(label_map == 3, 9, label_map).astype(np.uint8), labels)
        used, indices = np.unique(read_label_map(path), return_inverse=True)
        image = Image.fromarray(indices.reshape(24, 35).astype(np.uint8), mode="P")
        image.putpalette(labels.palette[used].tobytes())
        (folders[1] / path.parent.name).mkdir(parents=True, exist_ok=True)
        image.save(folders[1] / path.parent.name / path.name)
    score_prediction(*folders, tmp_path / "out.json", ROOT / "configs/labels.yaml", PARAMETERS)
    assert json.loads((tmp_path / "out.json").read_text())["JF"] == 1.0
    with pytest.raises(PipelineError, match=r"has index 3; expected 9 as in .*, or a label table"):
        score_prediction(*folders, tmp_path / "out.json", None, PARAMETERS)


def test_only_the_truth_may_ignore_pixels(folders, tmp_path, labels):
    write_label_map(folders[1] / "a/00000.png", np.full((24, 35), 255, np.uint8), labels)
    with pytest.raises(PipelineError, match="unknown class 255; expected classes from 0 to 254"):
        score_prediction(*folders, tmp_path / "out.json", None, PARAMETERS)


def test_a_truth_of_background_only_is_no_score(tmp_path, labels):
    for folder in ("truth", "prediction"):
        write_label_map(tmp_path / folder / "a/0.png", np.zeros((4, 4), np.uint8), labels)
    with pytest.raises(PipelineError, match="no class in any clip"):
        score_prediction(tmp_path / "truth", tmp_path / "prediction", tmp_path / "out.json", None, PARAMETERS)


def test_the_command_ends_with_one_line_and_an_exit_code(folders, tmp_path):
    command = [sys.executable, "-m", "face_parsing.commands.command_line", "score", "--truth", folders[0]]
    command += ["--prediction", tmp_path / "none"]
    result = subprocess.run([*command, "--output", tmp_path / "out.json"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.strip() == f"error: {tmp_path}/none: no clips; expected <clip>/<frame>.png"


def test_scoring_imports_neither_torch_nor_pandas_at_start():
    code = "import sys, stages.score, stages.ensemble, stages.refine; print({'torch', 'pandas'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
