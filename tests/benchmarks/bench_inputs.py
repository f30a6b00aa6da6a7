"""What broken pictures cost `face-parsing predict`: its rate and memory on 10,000 small ones, sound and 1% broken.

Run it where `dvc repro` has run: python -m tests.benchmarks.bench_inputs (half an hour on two cores; --count 1000 is
enough for a look). Memory is the process's most in every tenth of its time.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import psutil

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.imaging.pictures import read_image
from tests.face_parsing.imaging.test_pictures import bomb

CLIPS = Path("data/clips")
SIDE = 96
BROKEN = 100  # one of so many
PAUSE = 0.5  # seconds between two looks at the memory


def write_pictures(folder: Path, count: int, broken: bool) -> None:
    """Write so many small pictures of the test clips; ``broken`` ones are text, cut off, empty, or a bomb."""
    frames = [frame for clip in read_split(CLIPS, "test") for frame in frames_of(CLIPS, clip)]
    contents = []
    for frame in frames:
        small = cv2.resize(read_image(frame.image), (SIDE * 16 // 9, SIDE), interpolation=cv2.INTER_AREA)
        contents.append(cv2.imencode(".jpg", small)[1].tobytes())
    folder.mkdir()
    for number in range(count):
        data = contents[number % len(contents)]
        if broken and number % BROKEN == BROKEN // 2:
            data = [b"no picture", data[: len(data) // 2], b"", bomb(60_000, 60_000)][number // BROKEN % 4]
        (folder / f"{number:05d}.jpg").write_bytes(data)


def measure(folder: Path, output: Path) -> tuple[float, list[int]]:
    """The seconds that predict takes for a folder of stills, and its memory in MiB at every tenth of them."""
    command = [sys.executable, "-m", "face_parsing.commands.command_line", "predict", "--project", ".", str(folder)]
    command += ["--output", str(output), "--no-tracking"]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        process, sizes = psutil.Process(started.pid), []
        while started.poll() is None:
            sizes.append(process.memory_info().rss >> 20)
            time.sleep(PAUSE)
    seconds = time.perf_counter() - start
    return seconds, [int(part.max()) for part in np.array_split(np.array(sizes), 10)]


def main() -> None:
    """Print a table of every turn's rates and memory, and what broken ones do to the rate of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_inputs", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="pictures of each kind in a turn")
    parser.add_argument("--turns", type=int, default=1, help="the two kinds take turns, for a machine of varying speed")
    arguments = parser.parse_args()
    seconds = {"sound": 0.0, "1% broken": 0.0}
    with tempfile.TemporaryDirectory() as scratch:
        for name in seconds:
            write_pictures(Path(scratch, name), arguments.count, name != "sound")
        print(f"| {arguments.count} pictures | pictures/s | results | MiB in tenths of the time |\n|---|---|---|---|")
        for name in list(seconds) * arguments.turns:
            output = Path(scratch, "output")
            taken, memory = measure(Path(scratch, name), output)
            results = len(list((output / name).glob("*.png")))
            seconds[name] += taken
            rate = arguments.count / taken
            print(f"| {name} | {rate:.1f} | {results} | {', '.join(map(str, memory))} |", flush=True)
            shutil.rmtree(output)
    print(f"\nWith broken pictures it has {seconds['sound'] / seconds['1% broken']:.3f} of the rate without.")


if __name__ == "__main__":
    main()
