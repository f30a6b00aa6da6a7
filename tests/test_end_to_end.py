"""The whole pipeline on the smallest data: what `dvc repro` makes, what then runs again, and what a mistake does."""

import json
import math
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import cv2
import numpy as np
import pandas as pd
import pytest

from face_parsing.clips.layout import SPLITS, read_split, write_split
from face_parsing.core.model_names import PREDICTIONS, RESULT
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.media.reading import open_media
from face_parsing.runtime.face_parser import FaceParser
from tests.face_parsing.imaging.test_pictures import bomb
from tests.face_parsing.sources import folders
from tests.face_parsing.sources.folders import FOLDERS
from tests.repositories import (
    COLUMNS,
    SEGMENTERS,
    TRAININGS,
    environment,
    metrics,
    out_of_date,
    run,
    set_parameters,
    succeed,
)

pytestmark = pytest.mark.dvc

# One source of each label table and kind of clip: sfp is as davis, and helen as lapa. Tests of sources read all.
SOURCES = ["celebamask_hq", "davis", "face_synthetics", "lapa"]
# Sources whose clips of one frame stay so; half of those of DAVIS have one.
ONE_FRAME = {"davis", "lapa"}

PREDICT = ["face-parsing", "predict", "--project", "."]


def test_one_command_makes_everything_and_leaves_it_up_to_date(reproduced):
    assert out_of_date(reproduced) == set()
    assert (reproduced / "data" / "results").is_dir()


def test_the_metrics_are_the_published_table(reproduced):
    rows = metrics(reproduced)
    table = ["metrics.json", *(f"metrics/{row}.json" for row in ("ocrnet", "eanet_add", "eanet_cat", "ensemble"))]
    video = {f"metrics/video/{row}.json" for row in (*PREDICTIONS, RESULT)}
    assert set(rows) == {*table, "metrics/detector.json"} | video
    assert list(rows).index("metrics.json") < min(map(list(rows).index, video))
    for row in table:
        assert set(rows[row]) == COLUMNS
        assert all(math.isfinite(value) and abs(value) <= 1 for value in rows[row].values())


def test_a_stage_tells_its_progress_and_its_summary_and_nothing_else(project):
    trained = r"4 iterations of 2 images, peak memory \d+\.\d GiB per process: "
    for stage, summary in {
        "train_detector": trained + "models/detector.pth, curves/detector",
        "detect": "test recall at IoU 0.5",
        "train_segmenter ocrnet": trained + "models/ocrnet.pth, curves/ocrnet",
        "segment ocrnet": "12 frames segmented: data/predictions/ocrnet",
    }.items():
        lines = succeed(project, "python", "-m", *f"stages.{stage}".split()).replace("\r", "\n").splitlines()
        told = [
            line
            for line in lines
            if line.strip() and not re.search(r"\d+%\|| 0it |not in it, left as initialized", line)
        ]
        if stage == "train_segmenter ocrnet":
            assert told.pop(0).startswith("models/backbone.pth: ")  # what it starts from
        assert len(told) == 1 and re.search(summary, told[0]), told


def test_the_report_depends_on_no_commit(project):
    page = (project / "report/index.html").read_bytes()
    succeed(project, "git", "rm", "--quiet", "--cached", "metrics.json")
    succeed(project, "git", "commit", "--quiet", "--message", "No metrics")
    succeed(project, "python", "-m", "stages.report")
    assert (project / "report/index.html").read_bytes() == page


def test_the_report_shows_the_worst_frames_first_with_all_their_pictures(reproduced):
    page = (reproduced / "report/index.html").read_text(encoding="utf-8")
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)  # plotly's own code has addresses and pictures
    worst = pd.read_csv(reproduced / "plots/worst.csv", dtype={"frame": str})
    assert len(worst) == 12 and worst["J"].is_monotonic_increasing
    names = re.findall(r'<article [^>]*data-name="([^"]*)"', page)
    assert names == [f"{clip} {frame}" for clip, frame in zip(worst["clip"], worst["frame"], strict=True)]
    played = 2  # clips, as strips of their frames and of six label maps
    assert page.count("data:image/png") == 6 * (12 + played) and page.count("data:image/jpeg") == 2 * 12 + played
    assert "http://" not in page


def test_choosing_another_fusion_trains_nothing(project):
    log = succeed(project, "dvc", "exp", "run", "-S", "seg.fusion=cat")
    ran = set(re.findall(r"Running stage '(\S+)'", log))
    # The score follows only where the refined label maps differ, and models this small may agree after GrabCut.
    assert {"check", "refine"} <= ran <= {"check", "refine", "score", "score_video", "report"}
    assert all(f"Stage '{training}' didn't change" in log for training in TRAININGS)


def test_a_training_depends_on_its_own_parameters(project):
    set_parameters(project, {"seg.train.loss.edge": 0.75})
    assert out_of_date(project) == {"check", *SEGMENTERS}


def test_one_worker_makes_the_same_bytes_as_many(project):
    spread = ["prepare", "boxes", "crop", "ensemble", "refine", "score"]
    succeed(project, "dvc", "repro", "--force", "--single-item", *spread, LOKY_MAX_CPU_COUNT="1")
    assert succeed(project, "git", "diff", "--", "dvc.lock", "metrics", "metrics.json") == ""


def bad_value(project: Path) -> str:
    set_parameters(project, {"seg.fusion": "voet"})
    return "params.yaml: seg.fusion is"


def bad_key(project: Path) -> str:
    set_parameters(project, {"synthetic.framse": 6})
    return "params.yaml: synthetic.framse is not a parameter"


def bad_labels(project: Path) -> str:
    (project / "configs" / "labels.yaml").write_text("labels: 3\n")
    return "configs/labels.yaml: not a label table"


@pytest.mark.parametrize("mistake", [bad_value, bad_key, bad_labels])
def test_a_mistake_ends_in_one_line_before_any_work_starts(project, mistake: Callable[[Path], str]):
    fault = mistake(project)
    outcome = run(project, "dvc", "repro")
    assert outcome.returncode != 0
    assert re.findall(r"Running stage '(\S+)'", outcome.stdout) == ["check"]
    assert "Traceback" not in outcome.stdout
    assert [line for line in outcome.stdout.splitlines() if line.startswith(f"error: {fault}")]


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_every_kind_of_source_goes_through_to_a_score(project, tmp_path, source):
    root = tmp_path / "my [own] façes"
    FOLDERS[source](root)
    if source == "davis":  # of clips with four frames, and clips with one
        for split in SPLITS:
            still = root / f"JPEGImages/{split} still"
            for kind in ("JPEGImages", "Annotations"):
                shutil.copytree(root / kind / f"{split} é", root / kind / still.name)
                for extra in sorted((root / kind / still.name).iterdir())[1:]:
                    extra.unlink()
            write_split(root, split, [f"{split} é", still.name])
    frames = 1 if source in ONE_FRAME else 3
    set_parameters(project, {"data.source": source, "data.root": str(root), "data.frames_per_still": frames})
    succeed(project, "dvc", "repro")
    assert 0 <= metrics(project)["metrics.json"]["JF"] <= 1
    assert out_of_date(project) == set()
    page = (project / "report/index.html").read_text(encoding="utf-8")
    assert ("1 of 2 test clips have one frame, and so no flicker." in page) == (source == "davis")
    assert ("Every test clip has one frame, so there is no flicker." in page) == (source in ONE_FRAME - {"davis"})


def label_maps(folder: Path) -> dict[str, np.ndarray]:
    return {path.stem: read_label_map(path) for path in sorted(folder.glob("*.png"))}


def test_predict_on_a_folder_of_frames_is_the_pipelines_own_result(project):
    clip = read_split(project / "data/clips", "test")[0]
    succeed(project, *PREDICT, f"data/clips/JPEGImages/{clip}", "--output", "out")
    ours, theirs = label_maps(project / "out" / clip), label_maps(project / "data/results" / clip)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])
    table = pd.read_csv(project / "data/faces.csv", dtype={"frame": str})
    expected = table[table["clip"] == clip].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(project / "out/faces.csv", dtype={"frame": str}), expected)


@pytest.mark.parametrize(("mode", "options"), [("causal", ["--temporal-smoothing"]), ("none", [])])
def test_predict_smooths_a_clip_as_the_pipeline_does(project, mode, options):
    set_parameters(project, {"temporal_smoothing.mode": mode})
    assert out_of_date(project) == {"check", "ensemble"}
    succeed(project, "dvc", "repro")
    clip = read_split(project / "data/clips", "test")[0]
    if options:  # which have the last word
        set_parameters(project, {"temporal_smoothing.mode": "both"})
    succeed(project, *PREDICT, f"data/clips/JPEGImages/{clip}", "--output", "out", *options)
    ours, theirs = label_maps(project / "out" / clip), label_maps(project / "data/results" / clip)
    assert ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_predict_goes_through_everything_it_is_given_and_tells_what_it_cannot_read(project):
    inputs = project / "inputs"
    folders.write_image(inputs / "4k.jpg", np.full((2160, 3840, 3), 80, np.uint8))
    folders.write_image(inputs / "grey.png", np.full((300, 200), 80, np.uint8))
    for number in range(4):
        folders.write_image(inputs / f"strangers/{number}.jpg", np.full((1024, 1024, 3), 60 * number, np.uint8))
    (inputs / "empty").mkdir()
    (inputs / "words.jpg").write_text("no image")
    writer = cv2.VideoWriter(str(inputs / "video.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, (160, 96))
    for image in sorted((project / "data/clips/JPEGImages").glob("test_000/*")):
        writer.write(read_image(image))
    writer.release()
    (inputs / "cut.mp4").write_bytes((inputs / "video.mp4").read_bytes()[:2000])
    names = ["4k.jpg", "empty", "grey.png", "cut.mp4", "words.jpg", "strangers", "video.mp4"]
    command = [
        *PREDICT,
        *(f"inputs/{name}" for name in names),
        "--output",
        "out",
        "--no-tracking",
    ]
    outcome = run(project, *command)
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
    for bad in ("empty", "cut.mp4", "words.jpg"):
        assert len(re.findall(rf"^skipped: inputs/{bad}: ", outcome.stdout, re.MULTILINE)) == 1
    assert read_label_map(project / "out/4k/4k.png").shape == (2160, 3840)
    assert read_label_map(project / "out/grey/grey.png").shape == (300, 200)
    assert len(label_maps(project / "out/strangers")) == 4 and len(label_maps(project / "out/video")) == 6
    overlay, faults = open_media(project / "out/video_overlay.mp4")
    assert (len(overlay), overlay.size, overlay.rate, faults) == (6, (160, 96), 10, [])
    assert set(pd.read_csv(project / "out/faces.csv")["clip"]) == {"4k", "grey", "strangers", "video"}


def test_predict_goes_on_after_a_picture_of_two_rows_and_a_decompression_bomb(project):
    inputs = project / "inputs"
    inputs.mkdir()
    (inputs / "bomb.png").write_bytes(bomb(60_000, 60_000))
    folders.write_image(inputs / "rows.png", np.full((2, 20_000, 3), 80, np.uint8))
    folders.write_image(inputs / "sound.png", np.full((96, 160, 3), 80, np.uint8))
    names = [f"inputs/{name}.png" for name in ("bomb", "rows", "sound")]
    outcome = run(project, *PREDICT, *names, "--output", "out")
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
    assert re.findall(r"^skipped: (\S+): 60000 x 60000 pixels; expected", outcome.stdout, re.MULTILINE) == names[:1]
    assert read_label_map(project / "out/rows/rows.png").shape == (2, 20_000)
    assert pd.read_csv(project / "out/faces.csv")["clip"].tolist() == ["rows", "sound"]


def test_score_tells_of_a_decompression_bomb_in_one_line(project):
    for folder in ("truth", "prediction"):
        (project / folder / "clip").mkdir(parents=True)
        (project / folder / "clip/0.png").write_bytes(bomb(60_000, 60_000))
    outcome = run(
        project, *["face-parsing", "score", "--truth", "truth", "--prediction", "prediction", "--output", "out.json"]
    )
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
    assert "error: truth/clip/0.png: 60000 x 60000 pixels; expected 134217728 pixels at most" in outcome.stdout


@pytest.mark.parametrize("finder", ["detector", "whole_frame"])
def test_pictures_of_odd_shapes_and_8k_are_parsed_in_bounded_memory(project, finder):
    set_parameters(project, {"det.test.finder": finder})
    shapes = [(1, 1), (1, 300), (300, 1), (2, 20_000), (20_000, 2), (4320, 7680)]
    rng = np.random.default_rng(0)
    for number, (height, width) in enumerate(shapes):
        folders.write_image(
            project / f"inputs/{number}.png",
            cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (width, height)),
        )
    names = [f"inputs/{number}.png" for number in range(len(shapes))]
    code = "import resource, sys; from face_parsing.commands.command_line import main; main(); "
    code += "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    log = succeed(project, "python", "-c", code, *PREDICT[1:], *names, "--output", "out")
    assert [read_label_map(project / f"out/{n}/{n}.png").shape for n in range(len(shapes))] == shapes
    assert int(re.search(r"peak (\d+)", log)[1]) < 2 * 2**20  # KiB; torch and the models take 0.6 GiB of it


def test_masks_that_look_swapped_are_listed_and_compared_with_those_that_are(project):
    log = succeed(project, "face-parsing", "find-label-errors", "--project", ".", "--output", "errors.csv")
    table = pd.read_csv(project / "errors.csv")
    assert list(table.columns) == ["clip", "frame", "right", "swapped", "share"] and (table["share"] > 0.5).all()
    assert f"{len(table)} of 36 masks suspect" in log
    assert "masks that were swapped on purpose: precision" in log


def test_predict_before_a_training_is_one_line(project):
    (project / "models/detector.pth").unlink()
    outcome = run(project, *PREDICT, "data/clips/JPEGImages/test_000", "--output", "out")
    assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
    assert "error: models/detector.pth: missing; nothing is trained here yet: run `dvc repro` first" in outcome.stdout
    assert not (project / "out").exists()


def test_predict_by_onnx_is_what_torch_predicts(exported):
    clip = read_split(exported / "data/clips", "test")[0]
    frames = f"data/clips/JPEGImages/{clip}"
    succeed(exported, *PREDICT, frames, "--output", "out", "--runtime", "onnx")
    ours, theirs = label_maps(exported / "out" / clip), label_maps(exported / "data/results" / clip)
    assert ours.keys() == theirs.keys()
    assert np.mean([ours[name] == theirs[name] for name in ours]) >= 0.999


def test_predict_by_onnx_refuses_a_missing_file_and_one_of_another_training(exported, tmp_path):
    project = Path(shutil.copytree(exported, tmp_path / "project", symlinks=True))
    file = project / "exported/eanet_add.onnx"
    frames = "data/clips/JPEGImages/test_000"
    predict = [*PREDICT, frames, "--output", "new", "--runtime", "onnx"]

    def refused(fault: str) -> None:
        outcome = run(project, *predict)
        assert outcome.returncode == 1 and "Traceback" not in outcome.stdout
        assert f"error: exported/eanet_add.onnx: {fault}" in outcome.stdout
        assert not (project / "new").exists()

    shutil.copyfile(project / "exported/eanet_cat.onnx", file)
    refused("changed since its export; run `face-parsing export --project .` again")
    file.unlink()
    refused("missing; expected what `face-parsing export --project .` writes")
    shutil.copyfile(exported / "exported/eanet_add.onnx", file)
    shutil.copyfile(project / "models/eanet_cat.pth", project / "models/eanet_add.pth")
    refused("not exported from the current models/eanet_add.pth; run `face-parsing export --project .` again")


def test_exported_models_parse_alone_and_without_torch(exported, tmp_path):
    alone = Path(shutil.copytree(exported / "exported", tmp_path / "alone"))
    frames = (exported / "data/clips/JPEGImages/test_000").resolve()
    command = ["predict", "--project", "alone", str(frames), "--output", "out", "--probabilities"]
    program = f"""
import sys
sys.modules.update(dict.fromkeys(("torch", "mmengine", "mmcv", "mmdet", "mmseg", "pandas", "joblib", "ruamel.yaml")))
sys.argv = ["face-parsing", *{command!r}]
from face_parsing.commands.command_line import main
main()
"""
    assert "faces in 6 frames, by onnxruntime: out" in succeed(tmp_path, sys.executable, "-c", program)
    ours, theirs = label_maps(tmp_path / "out/test_000"), label_maps(exported / "data/results/test_000")
    assert np.mean([ours[name] == theirs[name] for name in theirs]) >= 0.999
    probabilities = {path.parent.name for path in (tmp_path / "out/test_000/probabilities").glob("*/*.png")}
    assert "background" in probabilities and probabilities <= set(FaceParser(alone).labels.names)


def test_the_demo_answers_by_onnx_and_ends_when_it_is_interrupted(exported):
    command = ["face-parsing", "demo", "--project", ".", "--port", "0"]
    with subprocess.Popen(
        command, cwd=exported, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as demo:
        url = re.search(r"http://\S+/", demo.stdout.readline())[0]
        body = sorted((exported / "data/clips/JPEGImages/test_000").glob("*"))[0].read_bytes()
        with urlopen(f"{url}parse", body, timeout=60) as response:
            record = json.loads(response.read())
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0 and demo.stdout.read() == ""
    assert (record["width"], record["height"], record["of"]) == (160, 96, 1) and record["faces"]
