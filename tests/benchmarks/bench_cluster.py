"""Seconds of the stages that leave the machine: joblib's two processes, one Dask worker, two of them.

In the folder that it runs in `dvc repro` has run; the stages run in turn in a copy of it, start and all, to the same
bytes: python -m tests.benchmarks.bench_cluster [--turns N] [STAGE ...]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from face_parsing.compute.cluster import CLUSTER
from tests.dask_cluster import cluster

SHARED = ["configs", "data", "models", "params.yaml", "weights"]
STAGES = ["boxes", "detect", "crop", "segment eanet_cat", "ensemble", "refine", "score", "score_video"]
WORKERS = [1, 2]


def seconds(folder: Path, project: Path, stage: str, **settings: str) -> float:
    environment = os.environ | {"PYTHONPATH": str(project), "LOKY_MAX_CPU_COUNT": "2"} | settings
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *f"stages.{stage}".split()], cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_cluster", description=__doc__)
    parser.add_argument("stages", nargs="*", default=STAGES)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    project = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "project")
        folder.mkdir()
        for name in SHARED:
            subprocess.run(["cp", "--recursive", "--dereference", str(project / name), str(folder)], check=True)
        (folder / "metrics").mkdir()
        taken: dict[str, dict[str, list[float]]] = {stage: {} for stage in given.stages}
        for _ in range(given.turns):
            for stage in given.stages:
                taken[stage].setdefault("joblib, 2", []).append(seconds(folder, project, stage))
            for count in WORKERS:
                with tempfile.TemporaryDirectory() as files, cluster(Path(files), count) as workers:
                    for stage in given.stages:
                        took = seconds(folder, project, stage, **{CLUSTER: workers.address})
                        taken[stage].setdefault(f"Dask, {count}", []).append(took)
    for stage, ways in taken.items():
        medians = {way: statistics.median(times) for way, times in ways.items()}
        joblib, one, two = medians.values()
        shown = ", ".join(f"{way}: {took:.1f} s" for way, took in medians.items())
        print(
            f"{stage}: {shown}; two workers {one / two:.2f} times as fast as one, {two / joblib:.2f} of joblib's time"
        )


if __name__ == "__main__":
    main()
