"""List the masks whose left and right look swapped, by the bundled models' predictions or a project's own."""

import argparse
import sys
import time
from dataclasses import replace

import pandas as pd
from tqdm import tqdm

from face_parsing.clips.tables import read_table
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file
from face_parsing.inspection.label_sides import COLUMNS, Verdict, agreement, sided_parts
from face_parsing.inspection.labelled_data import labelled_data, load_models, with_predictions

KNOWN = paths.CLIPS / "label_errors.csv"  # errors that the renderer made on purpose


def main(arguments: argparse.Namespace) -> None:
    """Write a table of suspect masks, the most suspect first; for rendered clips, print precision and recall.

    Raises:
        PipelineError: No mask can be read, or see :func:`labelled_data` and :func:`sided_parts`.
    """
    data = labelled_data(arguments)
    if arguments.split:
        data = replace(data, frames=[frame for frame in data.frames if frame.split == arguments.split])
    face_parser = load_models(arguments.project)
    parts = sided_parts(data.labels, face_parser.labels, data.table)
    started = time.perf_counter()
    samples = tqdm(data.samples(), total=len(data.frames), unit="picture", mininterval=1.0)
    rows = [
        (sample.clip, sample.frame, *agreement(sample.label_map, prediction, parts))
        for sample, prediction in with_predictions(iter(samples), data.labels, face_parser)
    ]
    rate = len(rows) / (time.perf_counter() - started)
    for error in [*data.faults, *data.errors]:
        print(f"skipped: {error}", file=sys.stderr)
    if not rows:
        raise PipelineError(f"{data.name}: no mask could be read; expected one of {len(data.frames)}")
    verdict = Verdict(pd.DataFrame(rows, columns=COLUMNS))
    suspects = verdict.suspects
    with atomic_file(arguments.output) as partial:
        suspects.to_csv(partial, index=False, lineterminator="\n")
    print(
        f"{len(suspects)} of {len(rows)} masks suspect, {verdict.undecided} undecided (no eye, eyebrow or ear that the "
        f"models see), {rate:.1f} pictures a second: {arguments.output}"
    )
    if line := verdict.table_doubt(data.table):
        print(line)
    if arguments.source is None and KNOWN.is_file():
        wrong = read_table(KNOWN, {"clip": str, "frame": str}, "the renderer's list of swapped masks")
        wrong = wrong[wrong["clip"].isin(verdict.masks["clip"])]
        precision, recall = precision_and_recall(suspects, wrong)
        print(f"of the {len(wrong)} masks that were swapped on purpose: precision {precision:.3f}, recall {recall:.3f}")


def precision_and_recall(suspects: pd.DataFrame, wrong: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall of the suspects; both tables have the columns ``clip`` and ``frame``."""
    found = len(suspects.merge(wrong, on=["clip", "frame"]))
    return found / max(len(suspects), 1), found / max(len(wrong), 1)
