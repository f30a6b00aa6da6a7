"""Checks every parameter and the label table before any work starts, and copies the table.

Later stages read data/labels.yaml, so they rerun when the table's content changes, not its path. Trainings depend on
data/initial_weights and data/variants. So they rerun when their initial weights or the code of an enabled variant
change.
"""

import shutil
from pathlib import Path

from face_parsing.checkpoints.initial_weights import checksum
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory, atomic_file
from face_parsing.core.parameters import read
from face_parsing.core.schedules import Schedule
from face_parsing.parameters import Tree, check_together
from face_parsing.sources.parameters import Data
from face_parsing.training.processes import gpu_count, processes
from face_parsing.variants import fingerprints

# Measured with the default parameters.
EXPECTED = {
    "mini": "half an hour and 2 GiB on two CPU cores",
    "release": "an hour and a half and 3 GiB on two CPU cores, as make release runs it",
}
UNKNOWN = "time and memory not measured"


def main() -> None:
    """Check params.yaml, its label table and their consistency; write the label table and the checksums."""
    parameters = read("", Tree)
    table = table_of(parameters.data)
    labels = read_labels(table)
    tables = [path for path in (paths.DEFAULT_LABELS, *sorted(paths.LABEL_TABLES.glob("*.yaml"))) if path.is_file()]
    known = {name for path in tables for name in read_labels(path).names}
    check_together(parameters, table, labels, known)
    with atomic_file(paths.LABELS) as path:
        shutil.copyfile(table, path)
    with atomic_directory(paths.INITIAL_WEIGHTS) as folder:
        for network, source in parameters.chosen.pretrained.items():
            (folder / f"{network}.sha256").write_text(checksum(source, network), encoding="utf-8")
    with atomic_directory(paths.VARIANTS) as folder:
        for name, on in parameters.seg.variants.items():
            text = fingerprints.checksums(name) if on else "off\n"
            fingerprints.variant_file(name, folder).write_text(text, encoding="utf-8")
    print(f"{paths.PARAMETERS} is valid; {len(labels)} classes of {table} in {paths.LABELS}")
    print("\n".join(plan_of(parameters)))


def plan_of(parameters: Tree) -> list[str]:
    """Lines that describe the profile's run on this machine."""
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
    batches = f"of {schedule.batch_size} images"
    if schedule.iterations is not None:
        return f"{schedule.iterations} iterations {batches}"
    if images is None:
        return f"{schedule.epochs} epochs {batches} an iteration"
    return f"{schedule.epochs} epochs of about {images} images, {schedule.steps(images)} iterations {batches}"


def table_of(data: Data) -> Path:
    """File of the label table: ``data.labels``, else the source's own, else the default."""
    if data.labels is not None:
        return Path(data.labels)
    own = paths.LABEL_TABLES / f"{data.source}.yaml"
    return own if own.is_file() else paths.DEFAULT_LABELS


if __name__ == "__main__":
    run(main)
