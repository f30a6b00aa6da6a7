"""Zip the test split's results for a challenge's server, unless it would refuse them."""

import argparse
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from face_parsing.pipeline.clips import Frame, frames_of, read_split
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.label_maps import check_classes
from face_parsing.pipeline.labels import LabelTable, read_labels
from face_parsing.pipeline.outputs import whole_file
from face_parsing.pipeline.pictures import image_size, read_label_map

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
RESULTS = Path("data/results")
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows, so that equal results make equal bytes


def main(arguments: argparse.Namespace) -> None:
    """Write <clip>/<frame>.png of every test frame, indexed PNGs as DAVIS's server takes them.

    The challenge's own rules are no longer to be had; this layout is that of its data.
    """
    output = arguments.output
    if not LABELS.is_file():
        raise UserError(f"{LABELS}: missing; there are no results yet: run `dvc repro` first")
    frames = [frame for clip in read_split(CLIPS, "test") for frame in frames_of(CLIPS, clip)]
    faults = list(faults_of(frames, RESULTS, read_labels(LABELS)))
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise UserError(
            f"{len(faults)} of {len(frames)} results can't be submitted, as told above; {output} is not written"
        )
    with whole_file(output) as partial:
        pack(frames, RESULTS, partial)
    print(f"{len(frames)} results of {len({frame.clip for frame in frames})} clips: {output}")


def faults_of(frames: Sequence[Frame], results: Path, labels: LabelTable) -> Iterator[UserError]:
    """What is wrong with the results of some frames: missing, unreadable, of another size, or of an unknown class."""
    for frame in frames:
        path = results / frame.clip / f"{frame.name}.png"
        try:
            label_map = read_label_map(path)
            check_classes(path, label_map, labels.ids)
            height, width = image_size(frame.image)
            if label_map.shape != (height, width):
                given = f"{label_map.shape[1]} x {label_map.shape[0]}"
                raise UserError(f"{path}: {given} pixels; expected {width} x {height} as {frame.image}")
        except UserError as fault:
            yield fault


def pack(frames: Sequence[Frame], results: Path, path: Path) -> None:
    """Write a zip file of the frames' results, in their order."""
    with zipfile.ZipFile(path, "w") as archive:
        for frame in frames:
            name = f"{frame.clip}/{frame.name}.png"
            # PNG is compressed already.
            archive.writestr(zipfile.ZipInfo(name, DATE), (results / name).read_bytes())
