"""Speed and peak memory of `prepare` on 20,000 small stills, checked, decoded and brought in.

In the layout of face_synthetics, 96 x 96 pixels; with one worker, with one a core, and on a tenth of the stills:
python -m tests.benchmarks.bench_sources
"""

import os
import shutil
import tempfile
import time
from pathlib import Path

import yaml

from tests.benchmarks.bench_memory import ROOT, peak_memory
from tests.face_parsing.sources.folders import face, image_of, write_image, write_mask

STILLS = 20_000
SIZE = 96


def make_project(folder: Path, stills: int) -> None:
    """A project whose source holds so many stills."""
    (folder / "data").mkdir(parents=True)
    shutil.copyfile(ROOT / "configs/labels/face_synthetics.yaml", folder / "data/labels.yaml")
    parameters = yaml.safe_load((ROOT / "params.yaml").read_text())
    parameters["data"] |= {"source": "face_synthetics", "root": str(folder / "source")}
    (folder / "params.yaml").write_text(yaml.safe_dump(parameters))
    label_map = face(19, SIZE)
    write_image(folder / "source/000000.png", image_of(label_map, 90))
    write_mask(folder / "source/000000_seg.png", label_map)
    for number in range(1, stills):
        for ending in (".png", "_seg.png"):
            shutil.copyfile(folder / f"source/000000{ending}", folder / f"source/{number:06d}{ending}")


def main() -> None:
    """Print a table: stills a second and the largest process's memory of each run."""
    print("| stills | workers | stills/s | memory, MiB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for stills, workers in ((STILLS // 10, None), (STILLS, None), (STILLS, "1")):
            folder = Path(scratch) / f"{stills}"
            if not folder.exists():
                make_project(folder, stills)
            os.environ["LOKY_MAX_CPU_COUNT"] = workers or str(os.cpu_count())
            start = time.perf_counter()
            memory = peak_memory(folder, "prepare")
            rate = stills / (time.perf_counter() - start)
            print(f"| {stills} | {workers or os.cpu_count()} | {rate:.0f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
