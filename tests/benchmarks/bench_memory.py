"""Peak memory of the stages ensemble, refine and score: it must not grow with the number of clips.

Each stage runs by itself on 10 and on 200 generated clips of three frames, with one face a frame. The ensemble is the
default one, a soft vote with temporal smoothing:
python -m tests.benchmarks.bench_memory
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml

from face_parsing.clips.layout import write_split
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.geometry.squares import Square
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parsing.compositing import write_steps
from tests.benchmarks.blobs import draw_blobs, face_probabilities, paint

ROOT = Path(__file__).parent.parent.parent
STAGES = ("ensemble", "refine", "score")
FEW, MANY = 10, 200  # clips
FRAMES = 3
FACE = Square(400, 150, 400)
CROP = 160  # side of the probabilities, as in profile mini
# The largest process of the stage, itself or a worker. A process starts with the peak of the one that started it, so
# that this module must stay small: it imports no torch.
PEAK = """
import resource, runpy
runpy.run_module("stages.{stage}", run_name="__main__")
from joblib.externals.loky import get_reusable_executor
get_reusable_executor().shutdown()
print(max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def make_project(folder: Path, clips: int) -> None:
    """What the stages read: the same frames in every clip, as files of their own."""
    (folder / "data").mkdir(parents=True)
    shutil.copyfile(ROOT / "configs/labels.yaml", folder / "data/labels.yaml")
    parameters = yaml.safe_load((ROOT / "params.yaml").read_text())
    parameters["seg"]["fusion"] = "vote"
    (folder / "params.yaml").write_text(yaml.safe_dump(parameters))
    labels = read_labels(folder / "data/labels.yaml")
    names = [f"{i:03d}" for i in range(clips)]
    write_split(folder / "data/clips", "test", names)
    members = list(MODEL_NAMES)
    for number in range(FRAMES):
        truth = draw_blobs(number)
        write_jpeg(folder / f"data/clips/JPEGImages/000/{number}.jpg", paint(truth))
        write_label_map(folder / f"data/clips/Annotations/000/{number}.png", truth, labels)
        for seed, member in enumerate(members):
            prediction, file = draw_blobs(seed), folder / f"data/predictions/{member}/000/{number}.png"
            write_label_map(file, prediction, labels)
            steps = np.rint(255 * face_probabilities(prediction, FACE, CROP))
            write_steps(file.with_suffix(".npz"), [(FACE, steps)])
    parents = ["data/clips/JPEGImages", "data/clips/Annotations", *(f"data/predictions/{m}" for m in members)]
    for parent in parents:
        for name in names[1:]:
            shutil.copytree(folder / parent / "000", folder / parent / name)


def peak_memory(folder: Path, stage: str) -> float:
    """MiB."""
    command = [sys.executable, "-c", PEAK.format(stage=stage)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) / 1024


def main() -> None:
    """Print a table: a row for each stage, with its two peaks."""
    print(f"| stage | {FEW} clips, MiB | {MANY} clips, MiB | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        projects = {clips: Path(scratch) / str(clips) for clips in (FEW, MANY)}
        for clips, folder in projects.items():
            make_project(folder, clips)
        for stage in STAGES:
            few, many = (peak_memory(folder, stage) for folder in projects.values())
            print(f"| {stage} | {few:.0f} | {many:.0f} | {many / few:.2f} |", flush=True)


if __name__ == "__main__":
    main()
