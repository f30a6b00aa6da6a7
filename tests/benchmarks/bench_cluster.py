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
WORKERS = {"one worker": 1, "two workers": 2}


def seconds(folder: Path, project: Path, stage: str, **settings: str) -> float:
    environment = os.environ | {"PYTHONPATH": str(project), "LOKY_MAX_CPU_COUNT": "2"} | settings
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *f"stages.{stage}".split()], cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - start


def main() -> None:
    """Print a table: a row for each stage, with medians over the turns."""
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
                taken[stage].setdefault("joblib", []).append(seconds(folder, project, stage))
            for way, count in WORKERS.items():
                with tempfile.TemporaryDirectory() as files, cluster(Path(files), count) as workers:
                    for stage in given.stages:
                        took = seconds(folder, project, stage, **{CLUSTER: workers.address})
                        taken[stage].setdefault(way, []).append(took)
    ways = " | ".join(f"{way}, s" for way in taken[given.stages[0]])
    print(f"| stage | {ways} | speed-up by the second worker | two workers' time over joblib's |\n{'|---' * 6}|")
    for stage, times in taken.items():
        joblib, one, two = (statistics.median(seconds_taken) for seconds_taken in times.values())
        print(f"| {stage} | {joblib:.1f} | {one:.1f} | {two:.1f} | {one / two:.2f} | {two / joblib:.2f} |")


if __name__ == "__main__":
    main()
