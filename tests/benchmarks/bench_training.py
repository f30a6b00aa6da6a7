"""Throughput of the segmenters' training, against mmseg's own Runner with the same model, data and batch.

Of either way the seconds between a shorter and a longer training are taken, so that the start does not count; they run
in turn, on all cores: python -m tests.benchmarks.bench_training
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from face_parsing.pipeline.clips import write_jpeg, write_label_map
from face_parsing.pipeline.labels import LabelTable, read_labels
from face_parsing.pipeline.reading import read
from face_parsing.segmenter.building import training_config
from face_parsing.segmenter.parameters import Augmentation, SegmenterTraining
from face_parsing.training.launching import group, launched
from face_parsing.training.parameters import Training
from face_parsing.training.runner import train
from tests.benchmarks.blobs import draw_blobs, paint

LABELS = Path("configs/labels.yaml")
CROPS = 32
SIDE = 192
SHORT, LONG = 10, 40  # iterations
MODEL = "eanet_cat"


def write_crops(folder: Path, labels: LabelTable) -> None:
    """Squares out of frames of coloured blobs."""
    for number in range(CROPS):
        frame = draw_blobs(number)
        middle = slice(260, 260 + SIDE), slice(540, 540 + SIDE)
        write_jpeg(folder / f"images/{number}.jpg", np.ascontiguousarray(paint(frame)[middle]))
        write_label_map(folder / f"labels/{number}.png", np.ascontiguousarray(frame[middle]), labels)


def config_of(crops: Path, schedule: SegmenterTraining) -> Config:
    labels = read_labels(LABELS)
    weights = [1.0] * len(labels)
    mini = Path("configs/segmenter/mini.py")
    return training_config(mini, MODEL, labels, schedule, read("seg.augment", Augmentation), crops, weights)


def ours(crops: Path, schedule: SegmenterTraining) -> None:
    """The training as stage train_segmenter runs it, on as many processes as params.yaml says."""
    training = read("train", Training)
    if launched(training.gpus):
        return
    with group(), tempfile.TemporaryDirectory() as scratch:
        train(config_of(crops, schedule), schedule, training, Path(scratch) / "curves", Path(scratch) / "state.pth")


def mmseg(crops: Path, schedule: SegmenterTraining) -> None:
    """mmseg's tools/train.py: a Runner from the config, in one process with torch's own number of threads."""
    config = config_of(crops, schedule)
    config.train_dataloader.update(num_workers=2, persistent_workers=True)
    init_default_scope("mmseg")
    with tempfile.TemporaryDirectory() as scratch:
        Runner(
            model=config.model,
            work_dir=scratch,
            train_dataloader=config.train_dataloader,
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=schedule.iterations),
            optim_wrapper=config.optim_wrapper,
            param_scheduler=config.param_scheduler,
            default_hooks=dict(checkpoint=None),
            default_scope="mmseg",
            log_level="ERROR",
        ).train()


WAYS = {"ours": ours, "mmseg": mmseg}


def seconds(way: str, crops: Path, iterations: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.bench_training", way, str(crops), str(iterations)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def compare() -> None:
    batch = read("seg.train", SegmenterTraining).batch_size
    with tempfile.TemporaryDirectory() as scratch:
        crops = Path(scratch)
        write_crops(crops, read_labels(LABELS))
        rates = {}
        for way in WAYS:
            short, long = (min(seconds(way, crops, n) for _ in range(2)) for n in (SHORT, LONG))
            rates[way] = batch * (LONG - SHORT) / (long - short)
        ratio = rates["ours"] / rates["mmseg"]
        print(
            f"training, {MODEL}: {rates['ours']:.1f} images/s against {rates['mmseg']:.1f} by mmseg's Runner with "
            f"{torch.get_num_threads()} threads: {ratio:.2f} times as fast"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_training", description=__doc__)
    parser.add_argument("way", nargs="?", choices=WAYS, help="to run one way alone; default: both, compared")
    parser.add_argument("crops", nargs="?", type=Path)
    parser.add_argument("iterations", nargs="?", type=int)
    given = parser.parse_args()
    if given.way is None:
        compare()
        return
    schedule = read("seg.train", SegmenterTraining).model_copy(update={"iterations": given.iterations})
    WAYS[given.way](given.crops, schedule)


if __name__ == "__main__":
    main()
