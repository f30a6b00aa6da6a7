"""Checks every parameter and the label table before any work starts, and copies the table.

Later stages read data/labels.yaml, so they rerun when the table's content changes, not its path. Trainings depend on
data/initial_weights and data/variants. So they rerun when their initial weights or the code of an enabled variant
change.
"""

import shutil
from dataclasses import dataclass

from face_parsing.checkpoints.initial_weights import checksum
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory, atomic_file
from face_parsing.core.parameters import read
from face_parsing.core.schedules import Schedule
from face_parsing.parameters import Tree, check_together
from face_parsing.sources.label_tables import label_table
from face_parsing.training.processes import gpu_count, processes
from face_parsing.variants import fingerprints


@dataclass(frozen=True)
class Measured:
    """Time and memory of a run on two CPU cores, and the work that they hold for.

    Attributes:
        result: The time and memory.
        frames: Number of rendered frames of train, val and test.
        size: Width and height of the frames in pixels.
        trainings: Iterations and images an iteration, by the training's name.
    """

    result: str
    frames: tuple[int, int, int]
    size: tuple[int, int]
    trainings: dict[str, tuple[int, int]]

    def holds_for(self, parameters: Tree) -> bool:
        """Whether a run without a GPU does this work; seeds, rates, and what else changes no time may differ."""
        clips, schedules, seg = parameters.chosen.clips, parameters.chosen.schedules, parameters.seg
        count, frames = clips.count, clips.frames
        return (
            parameters.data.source == "synthetic"
            and not (any(seg.variants.values()) or seg.pseudo.clips or seg.also)
            and self.frames == (count.train * frames.train, count.val * frames.val, count.test * frames.test)
            and self.size == (clips.width, clips.height)
            and self.trainings == {name: (each.iterations, each.batch_size) for name, each in schedules.items()}
        )


MEASURED = {
    "mini": Measured(
        "half an hour and 2 GiB on two CPU cores",
        frames=(2500, 80, 200),
        size=(512, 288),
        trainings={"detector": (1800, 8), "backbone": (3600, 16), "segmenter": (600, 16)},
    ),
}
UNKNOWN = "time and memory not measured with these parameters"


def main() -> None:
    """Check params.yaml, its label table and their consistency; write the label table and the checksums."""
    parameters = read("", Tree)
    table = label_table(parameters.data.source, parameters.data.labels, f"{paths.PARAMETERS}: data.labels")
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
    where = f"{gpus or 'no'} GPU{'s' * (gpus > 1)}"
    train = profile.clips.count.train * profile.clips.frames.train
    images = train if parameters.data.source == "synthetic" else None
    lengths = [f"{name} {_length(schedule, images)}" for name, schedule in profile.schedules.items()]
    measured = MEASURED.get(parameters.profile)
    expected = measured.result if measured and not gpus and measured.holds_for(parameters) else UNKNOWN
    return [
        f"profile {parameters.profile}: {where} found, {count} process{'es' * (count > 1)} a training; {expected}",
        f"trainings: {'; '.join(lengths)}",
    ]


def _length(schedule: Schedule, images: int | None) -> str:
    batches = f"of {schedule.batch_size} images"
    if schedule.iterations is not None:
        return f"{schedule.iterations} iterations {batches}"
    if images is None:
        return f"{schedule.epochs} epochs {batches} an iteration"
    return f"{schedule.epochs} epochs of about {images} images, {schedule.steps(images)} iterations {batches}"


if __name__ == "__main__":
    run(main)
