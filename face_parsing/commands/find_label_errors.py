"""List the masks whose left and right look swapped, by the trained models' predictions."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from face_parsing.clips.face_table import faces_of
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.clips.tables import read_table
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.metrics.region import confusion_matrix
from face_parsing.runtime.face_parser import FaceParser

KNOWN = paths.CLIPS / "label_errors.csv"  # errors that the renderer made on purpose


def main(arguments: argparse.Namespace) -> None:
    """Write a table of suspect masks, the most suspect first; for rendered clips, print precision and recall."""
    face_parser = FaceParser(Path())
    pairs = face_parser.labels.mirror_pairs
    if not pairs:
        raise PipelineError(f"{paths.LABELS}: no mirror partners; expected classes that can be swapped")
    frames = [frame for clip in read_split(paths.CLIPS, arguments.split) for frame in frames_of(paths.CLIPS, clip)]
    images = (read_image(frame.image) for frame in frames)
    parsed = face_parser.parse(images, faces_of(frames, paths.FACES), tracking=False)
    rows = []
    for frame, (_, label_map) in zip(tqdm(frames, unit="frame", mininterval=1.0), parsed, strict=True):
        rows.append((frame.clip, frame.name, *agreement(read_label_map(frame.annotation), label_map, pairs)))
    masks = pd.DataFrame(rows, columns=["clip", "frame", "right", "swapped"])
    suspects = suspects_among(masks)
    with atomic_file(arguments.output) as partial:
        suspects.to_csv(partial, index=False, lineterminator="\n")
    undecided = int((masks["right"] + masks["swapped"] == 0).sum())
    print(f"{len(suspects)} of {len(masks)} masks suspect, {undecided} without mirror pairs: {arguments.output}")
    if KNOWN.is_file() and arguments.split == "train":
        wrong = read_table(KNOWN, {"clip": str, "frame": str}, "the renderer's list of swapped masks")
        precision, recall = precision_and_recall(suspects, wrong)
        print(f"of the {len(wrong)} masks that were swapped on purpose: precision {precision:.3f}, recall {recall:.3f}")


def agreement(mask: np.ndarray, label_map: np.ndarray, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Count the pixels of mirror pairs by predicted class.

    Args:
        mask: The annotation, (H, W) uint8; it may be wrong.
        label_map: The prediction, (H, W) uint8.
        pairs: Ids of mirror partners.

    Returns:
        Number of pixels predicted as the mask's class, and as its mirror partner.
    """
    confusion = confusion_matrix(mask, label_map)
    right = sum(confusion[a, a] + confusion[b, b] for a, b in pairs)
    return int(right), int(sum(confusion[a, b] + confusion[b, a] for a, b in pairs))


def suspects_among(masks: pd.DataFrame) -> pd.DataFrame:
    """The masks with more ``swapped`` than ``right`` pixels, the highest ``share`` of swapped pixels first."""
    suspects = masks[masks["swapped"] > masks["right"]]
    suspects = suspects.assign(share=(suspects["swapped"] / (suspects["right"] + suspects["swapped"])).round(3))
    return suspects.sort_values(["share", "swapped"], ascending=False, kind="stable")


def precision_and_recall(suspects: pd.DataFrame, wrong: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall of the suspects; both tables have the columns ``clip`` and ``frame``."""
    found = len(suspects.merge(wrong, on=["clip", "frame"]))
    return found / max(len(suspects), 1), found / max(len(wrong), 1)
