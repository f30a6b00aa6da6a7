"""Zip the test split's results for a challenge's server, after checking them."""

import argparse
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from face_parsing.clips.layout import Frame, frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.outputs import atomic_file
from face_parsing.imaging.label_maps import check_classes, read_label_map
from face_parsing.imaging.pictures import image_size

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format; a constant makes equal results equal bytes


def main(arguments: argparse.Namespace) -> None:
    """Write <clip>/<frame>.png of every test frame, as the indexed PNGs that DAVIS's server takes.

    The challenge's own rules are no longer published; this is the layout of its data.
    """
    output = arguments.output
    if not paths.LABELS.is_file():
        raise PipelineError(f"{paths.LABELS}: missing; there are no results yet: run `dvc repro` first")
    frames = [frame for clip in read_split(paths.CLIPS, "test") for frame in frames_of(paths.CLIPS, clip)]
    errors = list(faults_of(frames, paths.RESULTS, read_labels(paths.LABELS)))
    for error in errors:
        print(error, file=sys.stderr)
    if errors:
        raise PipelineError(
            f"{len(errors)} of {len(frames)} results can't be submitted, see the errors above; {output} is not written"
        )
    with atomic_file(output) as partial:
        pack(frames, paths.RESULTS, partial)
    print(f"{len(frames)} results of {len({frame.clip for frame in frames})} clips: {output}")


def faults_of(frames: Sequence[Frame], results: Path, labels: LabelTable) -> Iterator[PipelineError]:
    """Yield an error for each result that is missing, unreadable, of another size, or has an unknown class."""
    for frame in frames:
        path = results / frame.clip / f"{frame.name}.png"
        try:
            label_map = read_label_map(path)
            check_classes(path, label_map, labels.ids)
            height, width = image_size(frame.image)
            if label_map.shape != (height, width):
                size = f"{label_map.shape[1]} x {label_map.shape[0]}"
                raise PipelineError(f"{path}: {size} pixels; expected {width} x {height} as {frame.image}")
        except PipelineError as error:
            yield error


def pack(frames: Sequence[Frame], results: Path, path: Path) -> None:
    """Write a zip file of the frames' results, in their order."""
    with zipfile.ZipFile(path, "w") as archive:
        for frame in frames:
            name = f"{frame.clip}/{frame.name}.png"
            # No compression, since PNGs are compressed.
            archive.writestr(zipfile.ZipInfo(name, DATE), (results / name).read_bytes())
