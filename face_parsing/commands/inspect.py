"""Show what the pipeline understands of a labelled data set, before anything is prepared or trained."""

import argparse
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pandas as pd
from tqdm import tqdm

from face_parsing.clips.layout import SPLITS
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.core.outputs import atomic_file
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.inspection.contact_sheet import QUALITY, ContactSheet
from face_parsing.inspection.label_sides import COLUMNS, SidedPart, Verdict, agreement, sided_parts
from face_parsing.inspection.labelled_data import LabelledData, Sample, labelled_data, load_models, with_predictions

EXAMPLES = 3  # of names in a line
SHOWN_ERRORS = 5
BY_MODELS = "left and right, by the models"


def main(arguments: argparse.Namespace) -> None:
    """Print a summary of a data set and write a contact sheet of it.

    Raises:
        PipelineError: ``--count`` or ``--output`` is invalid, or no picture can be read. See also
            :func:`labelled_data` and :func:`sided_parts`.
    """
    if arguments.count < 0:
        raise PipelineError(f"--count {arguments.count}: expected a number of pictures, or 0 for all")
    if arguments.output.suffix.lower() not in (".jpg", ".jpeg"):
        raise PipelineError(f"--output {arguments.output}: expected the name of a JPEG file, such as sheet.jpg")
    data = labelled_data(arguments)
    drawn = data.drawn(arguments.count)
    summary = Summary(data.labels)
    face_parser = load_models(arguments.project)
    pairs: Iterable[tuple[Sample, np.ndarray | None]]
    try:
        parts = sided_parts(data.labels, face_parser.labels, data.table)
        pairs = with_predictions(drawn.samples(), data.labels, face_parser)
    except PipelineError as error:
        not_compared = str(error)
        parts, pairs = [], ((sample, None) for sample in drawn.samples())
    sheet = ContactSheet(data.labels)
    for number, (sample, prediction) in enumerate(
        tqdm(pairs, total=len(drawn.frames), unit="picture", mininterval=1.0, leave=False)
    ):
        suspect = summary.add(sample, prediction, parts)
        sheet.add(number, sample, suspect)
    if not summary.rows:
        raise PipelineError(f"{data.name}: none of {len(drawn.frames)} pictures could be read; {data.errors[-1]}")
    with atomic_file(arguments.output) as partial:
        write_jpeg(partial, sheet.drawn(), QUALITY)
    print("\n".join([*_layout(data, len(drawn.frames)), *summary.lines(data.imported.counts.pixels)]))
    print(_positions(data.imported.sides))
    print("\n".join(_sides(summary.verdict, data, arguments)) if parts else f"{BY_MODELS}: {not_compared}")
    print("\n".join([*data.notices, *_errors(data)]))
    print(f"contact sheet: {arguments.output}")


@dataclass
class Summary:
    """What is counted over the pictures.

    Attributes:
        labels: The label table.
        sizes: Number of pictures by (width, height).
        pictures: Number of pictures that have each id, (256,).
        rows: The comparison of each picture's left and right with the prediction; see :class:`Verdict`.
    """

    labels: LabelTable
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    pictures: np.ndarray = field(default_factory=lambda: np.zeros(256, np.int64))
    rows: list[tuple[str, str, int, int]] = field(default_factory=list)

    def add(self, sample: Sample, prediction: np.ndarray | None, parts: Sequence[SidedPart]) -> bool:
        """Count a picture.

        Args:
            sample: The picture.
            prediction: The models' label map, (H, W) uint8, where left and right are compared.
            parts: The parts that are compared.

        Returns:
            Whether its left and right look swapped.
        """
        height, width = sample.label_map.shape
        self.sizes[width, height] += 1
        self.pictures += np.bincount(sample.label_map.ravel(), minlength=256) > 0
        right, swapped = (0, 0) if prediction is None else agreement(sample.label_map, prediction, parts)
        self.rows.append((sample.clip, sample.frame, right, swapped))
        return swapped > right

    @property
    def verdict(self) -> Verdict:
        """The comparison of left and right."""
        return Verdict(pd.DataFrame(self.rows, columns=COLUMNS))

    def lines(self, pixels: Counter[int]) -> list[str]:
        """Sizes and classes, as lines of text; ``pixels`` are the numbers of pixels by class id."""
        (common, number), *_ = self.sizes.most_common(1)
        sizes = f"size: {common[0]} x {common[1]} in {number} of {len(self.rows)} pictures"
        if len(self.sizes) > 1:
            widths, heights = zip(*self.sizes, strict=True)
            sizes += f"; widths {min(widths)} to {max(widths)}, heights {min(heights)} to {max(heights)}"
        total = pixels.total()
        shown = [label for label in self.labels.labels if self.pictures[label.id]]
        names = {**{label.id: label.name for label in shown}, IGNORE_INDEX: "(ignored)"}
        table = [
            f"{i:3d} {name:20.20s} {pixels[i] / total:8.3%} {self.pictures[i] / len(self.rows):8.1%}"
            for i, name in names.items()
            if self.pictures[i]
        ]
        never = [label.name for label in self.labels.labels if not self.pictures[label.id]]
        header = f"{'id':>3s} {'class':20s} {'pixels':>8s} {'pictures':>8s}"
        return [sizes, header, *table, f"classes that never occur: {', '.join(never) or 'none'}"]


def _layout(data: LabelledData, drawn: int) -> list[str]:
    """Pictures, splits and clips, as lines of text."""
    clips = Counter((frame.split, frame.clip) for frame in data.frames)
    splits = Counter(split for split, _ in clips)
    lengths = sorted(clips.values())
    each = f"{lengths[0]}" if lengths[0] == lengths[-1] else f"{lengths[0]} to {lengths[-1]}"
    counts = ", ".join(f"{splits[split]} {split}" for split in SPLITS)
    return [
        f"{data.name}: {len(data.frames)} pictures with masks, {drawn} of them read; label table {data.table}",
        f"clips: {counts}; frames per clip: {each}",
    ]


def _positions(votes: Sequence[int]) -> str:
    """Left and right by their position, as a line; ``votes`` come from :func:`face_parsing.sources.sides.sides`."""
    own, viewers, undecided = (votes.count(vote) for vote in (1, -1, 0))
    return (
        f"left and right, by position: {own} masks as the subject's, {viewers} as the viewer's, {undecided} undecided"
    )


def _sides(verdict: Verdict, data: LabelledData, arguments: argparse.Namespace) -> list[str]:
    """Left and right in the masks, as lines of text."""
    suspects = verdict.suspects
    decided = len(verdict.masks) - verdict.undecided
    lines = [
        f"{BY_MODELS}: {decided - len(suspects)} masks as the label table names them, "
        f"{len(suspects)} swapped, {verdict.undecided} undecided"
    ]
    if line := verdict.table_doubt(data.table):
        lines.append(line)
    elif len(suspects):
        names = [f"{row.clip}/{row.frame}" for row in islice(suspects.itertuples(), EXAMPLES)]
        options = [("--source", arguments.source), ("--root", arguments.root), ("--labels", arguments.labels)]
        given = "".join(f" {flag} {shlex.quote(str(value))}" for flag, value in options if value is not None)
        lines.append(f"swapped: {', '.join(names)}; all of them: face-parsing find-label-errors{given} --output FILE")
    return lines


def _errors(data: LabelledData) -> list[str]:
    """The errors, as lines of text."""
    errors = [*data.faults, *data.errors]
    if not errors:
        return ["skipped: nothing"]
    rest = len(errors) - SHOWN_ERRORS
    more = [f"  and {rest} more"] if rest > 0 else []
    shown = [f"  {error}" for error in errors[:SHOWN_ERRORS]]
    return [
        f"skipped: {len(data.faults)} errors of the layout, {len(data.errors)} of pictures and masks",
        *shown,
        *more,
    ]
