"""Check every parameter and the label table before any work starts, and pass the table on.

Later stages read data/labels.yaml, so that they run again when the table changes and not when its place does. Trainings
depend on data/first_weights, so that they run again when shipped weights change that they start from.
"""

import shutil
from pathlib import Path

from face_parsing.parameters import Tree, check_together
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.first_weights import checksum
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory, whole_file
from face_parsing.pipeline.reading import PARAMETERS, read
from face_parsing.pipeline.schedules import Schedule
from face_parsing.sources.parameters import Data
from face_parsing.training.processes import gpu_count, processes

LABELS = Path("data/labels.yaml")
FIRST_WEIGHTS = Path("data/first_weights")
DEFAULT_TABLE = Path("configs/labels.yaml")
# Of a run, where it was measured.
EXPECTED = {
    "mini": "half an hour and 2 GiB on two CPU cores",
    "release": "an hour and a half and 3 GiB on two CPU cores, as make release runs it",
}
UNKNOWN = "time and memory not measured"
TABLES = Path("configs/labels")  # of the sources with other classes, and the user's own


def main() -> None:
    """Check params.yaml, the label table that it names and how they fit; write data/labels.yaml, data/first_weights."""
    parameters = read("", Tree)
    table = table_of(parameters.data)
    labels = read_labels(table)
    tables = [path for path in (DEFAULT_TABLE, *sorted(TABLES.glob("*.yaml"))) if path.is_file()]
    known = {name for path in tables for name in read_labels(path).names}
    check_together(parameters, table, labels, known)
    with whole_file(LABELS) as path:
        shutil.copyfile(table, path)
    with whole_directory(FIRST_WEIGHTS) as folder:
        for network, source in parameters.chosen.pretrained.items():
            (folder / f"{network}.sha256").write_text(checksum(source, network), encoding="utf-8")
    print(f"{PARAMETERS} is sound; {len(labels)} classes of {table} in {LABELS}")
    print("\n".join(plan_of(parameters)))


def plan_of(parameters: Tree) -> list[str]:
    """What the profile is going to do on this machine, a line each."""
    profile, gpus = parameters.chosen, gpu_count()
    count = processes(parameters.train, profile.machine)
    where = f"{gpus} GPUs" if gpus else "no GPU"
    train = profile.clips.count.train * profile.clips.frames.train
    images = train if parameters.data.source == "synthetic" else None
    lengths = [f"{name} {_length(schedule, images)}" for name, schedule in profile.schedules.items()]
    expected = EXPECTED.get(parameters.profile, UNKNOWN)
    return [
        f"profile {parameters.profile}: {where} found, {count} processes a training; {expected}",
        f"trainings: {'; '.join(lengths)}",
    ]


def _length(schedule: Schedule, images: int | None) -> str:
    of_images = f"of {schedule.batch_size} images"
    if schedule.iterations is not None:
        return f"{schedule.iterations} iterations {of_images}"
    if images is None:
        return f"{schedule.epochs} epochs {of_images} an iteration"
    return f"{schedule.epochs} epochs of about {images} images, {schedule.steps(images)} iterations {of_images}"


def table_of(data: Data) -> Path:
    """The label table's file: the one that is named, or the source's own, or the default."""
    if data.labels is not None:
        return Path(data.labels)
    own = TABLES / f"{data.source}.yaml"
    return own if own.is_file() else DEFAULT_TABLE


if __name__ == "__main__":
    run(main)
