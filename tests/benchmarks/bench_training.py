"""Throughput of the segmenters' training, against mmseg's own Runner with the same model, data and batch.

Of either way the seconds between a shorter and a longer training are taken, so that the start does not count; they run
in turn, on all cores or GPUs: python -m tests.benchmarks.bench_training [--profile paper]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parameters import Profile, Tree
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.training.job import peak_memory, planned
from face_parsing.training.launching import group, launched
from face_parsing.training.processes import processes
from face_parsing.training.runner import train
from tests.benchmarks.blobs import draw_blobs, paint

LABELS = Path("configs/labels.yaml")
CROPS = 32
SHORT, LONG = 10, 40  # iterations
TURNS = 2
MODEL = "eanet_cat"


def write_crops(folder: Path, labels: LabelTable, side: int) -> None:
    """Squares out of frames of coloured blobs."""
    for number in range(CROPS):
        frame = draw_blobs(number)
        top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
        middle = slice(top, top + side), slice(left, left + side)
        write_jpeg(folder / f"train/images/{number}.jpg", np.ascontiguousarray(paint(frame)[middle]))
        write_label_map(folder / f"train/labels/{number}.png", np.ascontiguousarray(frame[middle]), labels)


def config_of(tree: Tree, name: str, crops: Path, micro_steps: int) -> Config:
    labels = read_labels(LABELS)
    schedule, seg = tree.profiles[name].segmenter, tree.seg
    weights = [1.0] * len(labels)
    path = Path(f"configs/segmenter/{seg.backbone}/{name}.py")
    return segmenter_config(
        Architecture(path, MODEL, seg.layers, coarse_head=seg.coarse_head),
        seg.train,
        CropTraining(crops, labels, weights, schedule, micro_steps, seg.augment),
    )


def ours(tree: Tree, name: str, crops: Path, iterations: int) -> None:
    """The training as stage train_segmenter runs it, on as many processes as params.yaml says."""
    profile = tree.profiles[name]
    count = processes(tree.train, profile.machine)
    if launched(count):
        return
    schedule = profile.segmenter.model_copy(update={"iterations": iterations, "epochs": None, "validations": 0})
    plan = planned(schedule, profile.machine, count, images=CROPS, seed=0)
    with group() as rank, tempfile.TemporaryDirectory() as scratch:
        config = config_of(tree, name, crops, plan.micro_steps)
        train(config, plan, tree.train, Path(scratch) / "curves", Path(scratch) / "state.pth")
        if rank == 0:
            print(peak_memory())


def mmseg(tree: Tree, name: str, crops: Path, iterations: int) -> None:
    """mmseg's tools/train.py: a Runner from the config, in one process with torch's own number of threads."""
    config = config_of(tree, name, crops, iterations)
    config.train_dataloader.update(
        num_workers=min(os.cpu_count() or 1, 4),
        persistent_workers=True,
        drop_last=True,
        sampler=dict(type="InfiniteSampler", shuffle=True),
    )
    init_default_scope("mmseg")
    with tempfile.TemporaryDirectory() as scratch:
        Runner(
            model=config.model,
            work_dir=scratch,
            train_dataloader=config.train_dataloader,
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=iterations),
            optim_wrapper=config.optim_wrapper,
            param_scheduler=config.param_scheduler,
            default_hooks=dict(checkpoint=None),
            default_scope="mmseg",
            log_level="ERROR",
        ).train()
    print(peak_memory())


WAYS = {"ours": ours, "mmseg": mmseg}


def measured(way: str, name: str, crops: Path, iterations: int) -> tuple[float, str]:
    """The seconds of a training, and its last line, which is the most memory that it had."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_training", "--profile", name]
    start = time.perf_counter()
    outcome = subprocess.run([*command, way, str(crops), str(iterations)], check=False, capture_output=True, text=True)
    if outcome.returncode:
        sys.exit(outcome.stdout + outcome.stderr)
    return time.perf_counter() - start, outcome.stdout.splitlines()[-1]


@contextmanager
def gpu_use() -> Iterator[list[int]]:
    """The share of the time that the first GPU works, in percent, once a second; nothing where there is none."""
    shares: list[int] = []
    if not torch.cuda.is_available():
        yield shares
        return
    query = ["nvidia-smi", "--id=0", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(1):
            shares.append(int(subprocess.run(query, check=True, capture_output=True, text=True).stdout))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield shares
    finally:
        stop.set()
        watching.join()


def compare(name: str, profile: Profile) -> None:
    """Print a table: a row for each way; the ratio is to mmseg's Runner."""
    batch = profile.segmenter.batch_size
    with tempfile.TemporaryDirectory() as scratch:
        crops = Path(scratch)
        write_crops(crops, read_labels(LABELS), min(profile.crops.max_size, 720))
        rates, costs = {}, {}
        for way in WAYS:
            short = min(measured(way, name, crops, SHORT)[0] for _ in range(TURNS))
            with gpu_use() as shares:
                longs = [measured(way, name, crops, LONG) for _ in range(TURNS)]
            long, memory = min(longs)
            rates[way] = batch * (LONG - SHORT) / (long - short)
            use = f"{np.median([s for s in shares if s] or [0]):.0f}%" if shares else ""
            costs[way] = f"{memory} | {use}"
    print(f"| {name} {MODEL}, batch {batch} | images/s | ratio | memory | use of the GPU |\n|---|---|---|---|---|")
    for way, rate in rates.items():
        print(f"| {way} | {rate:.1f} | {rate / rates['mmseg']:.2f} | {costs[way]} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_training", description=__doc__)
    parser.add_argument("--profile", default="mini")
    parser.add_argument("way", nargs="?", choices=WAYS, help="to run one way alone; default: both, compared")
    parser.add_argument("crops", nargs="?", type=Path)
    parser.add_argument("iterations", nargs="?", type=int)
    given = parser.parse_args()
    tree = read("", Tree)
    if given.way is None:
        compare(given.profile, tree.profiles[given.profile])
        return
    WAYS[given.way](tree, given.profile, given.crops, given.iterations)


if __name__ == "__main__":
    main()
