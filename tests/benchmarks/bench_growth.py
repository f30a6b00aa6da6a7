"""How the pipeline's cost grows: seconds and memory of every stage, and of DVC, over the number of clips.

Clips of two small frames, in the layout of DAVIS, half of them to be parsed. The networks start from the bundled
ones and train one step. Every run is one of the real DVC in a repository of its own:
python -m tests.benchmarks.bench_growth [--clips N ...]
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from face_parsing.clips.layout import SPLITS, frames_of, read_split, write_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image, write_jpeg
from face_parsing.parameters import Tree
from face_parsing.synthetic.clip_files import render_clips
from face_parsing.synthetic.parameters import RenderedClips
from tests.repositories import ROOT, commit, new_repository, succeed

RENDERED, FRAMES, WIDTH, HEIGHT = 20, 2, 128, 72
SHARES = {"train": 0.4, "val": 0.1, "test": 0.5}
LABELS = read_labels(ROOT / "configs/labels.yaml")
RELEASE = {
    "detector": {"pretrained": "bundled", "iterations": 1, "batch_size": 2, "lr": 1e-9},
    "segmenter": {"pretrained": "bundled", "iterations": 1, "batch_size": 2, "crop_size": 64, "lr": 1e-9},
    "backbone": {"iterations": 0},
    "machine": {"cpu_processes": 1},
    "test.segment": {"crop_size": 64},
}
# Python runs it in every process at its start: a stage, and DVC, leave a line of what they took.
RECORDER = """
import atexit, json, os, re, sys, time
command = sys.orig_argv[1:]
if command[:1] == ["-m"] and command[1].startswith("stages.") or command and command[0].endswith("/dvc"):
    def record(start=time.time(), owner=os.getpid()):
        if os.getpid() == owner:
            # Not getrusage's, which a process has from the one that started it.
            peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
            with open(os.environ["RECORDS"], "a") as file:
                print(json.dumps([command, start, time.time(), peak]), file=file)
    atexit.register(record)
"""


class Cost(NamedTuple):
    """Of a stage or a command of DVC: seconds, and the peak memory of its own process in MiB."""

    seconds: float
    memory: float


def render(folder: Path) -> None:
    """Write the clips that all others are made of, in the clip layout."""
    parameters = read("", Tree, ROOT / "params.yaml")
    drawn = parameters.chosen.clips.model_dump() | {
        "count": dict.fromkeys(SPLITS, RENDERED),
        "frames": dict.fromkeys(SPLITS, FRAMES),
        "width": WIDTH,
        "height": HEIGHT,
    }
    render_clips(parameters.synthetic, RenderedClips.model_validate(drawn), LABELS, folder)


def write_source(rendered: Path, source: Path, count: int) -> None:
    """Write so many clips, no two files alike, in the clip layout."""
    names = [f"{number:06d}" for number in range(count)]
    for _ in parallel_map(partial(write_clip, rendered, source), list(enumerate(names)), f"{count} clips"):
        pass
    ends = np.cumsum([0, *(round(count * share) for share in SHARES.values())])
    for split, first, end in zip(SHARES, ends[:-1], ends[1:], strict=True):
        write_split(source, split, names[first:end])


def write_clip(rendered: Path, source: Path, clip: tuple[int, str]) -> None:
    """Write one of the rendered clips with noise of its own, and with its number in the label maps' corner."""
    number, name = clip
    clips = read_split(rendered, "test")
    noise = np.random.default_rng(number)
    for frame in frames_of(rendered, clips[number % len(clips)]):
        image = read_image(frame.image) + noise.normal(0, 2, (HEIGHT, WIDTH, 3))
        write_jpeg(source / "JPEGImages" / name / f"{frame.name}.jpg", np.clip(image, 0, 255).astype(np.uint8))
        label_map = read_label_map(frame.annotation)
        label_map[0, [bit for bit in range(20) if number >> bit & 1]] = IGNORE_INDEX
        write_label_map(source / "Annotations" / name / f"{frame.name}.png", label_map, LABELS)


def costs(rendered: Path, folder: Path, count: int) -> dict[str, Cost]:
    """Run the pipeline on so many clips; what each stage took, and DVC beside them."""
    write_source(rendered, folder / "source", count)
    changes = {f"profiles.release.{part}.{name}": value for part, of in RELEASE.items() for name, value in of.items()}
    data = {"profile": "release", "data.source": "davis", "data.root": str(folder / "source"), "seg.test.flip": False}
    project = new_repository(folder / "project", data | changes)
    (folder / "recorder").mkdir()
    (folder / "recorder/sitecustomize.py").write_text(RECORDER)
    records = folder / "records"
    settings = {"PYTHONPATH": f"{project}:{folder / 'recorder'}", "RECORDS": str(records)}
    taken: dict[str, Cost] = {}

    def run(name: str, *command: str) -> list[tuple[str, Cost]]:
        records.write_text("")
        succeed(project, *command, **settings)
        *stages, (_, start, end, memory) = map(json.loads, records.read_text().splitlines())
        of_stages = [
            (" ".join(argv[1:]).removeprefix("stages."), Cost(to - since, peak)) for argv, since, to, peak in stages
        ]
        taken[name] = Cost(end - start - sum(cost.seconds for _, cost in of_stages), memory)
        return of_stages

    of_stages = run("dvc repro, beside the stages", "dvc", "repro")
    commit(project, "Reproduce")
    run("dvc repro, nothing to do", "dvc", "repro")
    run("dvc status", "dvc", "status")
    for name, cost in taken.items():
        print(f"{count} clips, {name}: {cost.seconds:.1f} s, {cost.memory:.0f} MiB", file=sys.stderr)
    return dict(of_stages) | taken


def following(values: Sequence[float]) -> float:
    """What ten times the last number would take, if it goes on as over the last ten times."""
    return values[-1] + 10 * max(values[-1] - values[-2], 0.0)


def main() -> None:
    """Print a table: a row a stage; its last column of either kind is no measurement, see :func:`following`."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_growth", description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[10, 100, 1000, 10000], help="two or more, tenfold")
    counts = parser.parse_args().clips
    of_counts = []
    with tempfile.TemporaryDirectory() as scratch:
        render(Path(scratch, "rendered"))
        for count in counts:
            folder = Path(scratch, str(count))
            folder.mkdir()
            of_counts.append(costs(Path(scratch, "rendered"), folder, count))
    shown = " | ".join(map(str, [*counts, 10 * counts[-1]]))
    print(f"| | s: {shown} | MiB: {shown} |")
    print("|---" * (2 * len(counts) + 3) + "|")
    for name in of_counts[0]:
        kinds = zip(*(of_count[name] for of_count in of_counts), strict=True)
        cells = [f"{value:.1f}" for values in kinds for value in [*values, following(values)]]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
