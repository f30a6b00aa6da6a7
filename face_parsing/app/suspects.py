"""List the masks whose left and right look swapped, by what the trained models see."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from face_parsing.app.face_parser import FaceParser
from face_parsing.evaluation.region import confusion_matrix
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.face_table import faces_of
from face_parsing.pipeline.outputs import whole_file
from face_parsing.pipeline.pictures import read_image, read_label_map
from face_parsing.pipeline.tables import read_table

CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
KNOWN = CLIPS / "label_errors.csv"  # that the renderer made on purpose


def main(arguments: argparse.Namespace) -> None:
    """Write a table of suspect masks, the most suspect first; for rendered clips tell how many of them are wrong."""
    face_parser = FaceParser(Path())
    pairs = face_parser.labels.mirror_pairs
    if not pairs:
        raise UserError("data/labels.yaml: no mirror partners; expected classes that can be swapped")
    frames = [frame for clip in read_split(CLIPS, arguments.split) for frame in frames_of(CLIPS, clip)]
    images = (read_image(frame.image) for frame in frames)
    parsed = face_parser.parse(images, faces_of(frames, FACES), stills=True)
    rows = []
    for frame, (_, label_map) in zip(tqdm(frames, unit="frame", mininterval=1.0), parsed, strict=True):
        rows.append((frame.clip, frame.name, *agreement(read_label_map(frame.annotation), label_map, pairs)))
    masks = pd.DataFrame(rows, columns=["clip", "frame", "right", "swapped"])
    suspects = suspects_among(masks)
    with whole_file(arguments.output) as partial:
        suspects.to_csv(partial, index=False, lineterminator="\n")
    unseen = int((masks["right"] + masks["swapped"] == 0).sum())
    print(f"{len(suspects)} of {len(masks)} masks suspect, {unseen} without a pair to judge by: {arguments.output}")
    if KNOWN.is_file() and arguments.split == "train":
        wrong = read_table(KNOWN, {"clip": str, "frame": str}, "the renderer's list of swapped masks")
        precision, recall = precision_and_recall(suspects, wrong)
        print(f"of the {len(wrong)} masks that were swapped on purpose: precision {precision:.3f}, recall {recall:.3f}")


def agreement(mask: np.ndarray, label_map: np.ndarray, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """How many pixels of mirror partners a prediction gives to the mask's own class, and how many to its partner.

    Args:
        mask: (H, W) uint8, which may be wrong.
        label_map: (H, W) uint8, predicted.
        pairs: Ids of mirror partners.
    """
    confusion = confusion_matrix(mask, label_map)
    right = sum(confusion[a, a] + confusion[b, b] for a, b in pairs)
    return int(right), int(sum(confusion[a, b] + confusion[b, a] for a, b in pairs))


def suspects_among(masks: pd.DataFrame) -> pd.DataFrame:
    """The masks with more ``swapped`` than ``right`` pixels and the ``share`` of the swapped, the greatest first."""
    suspects = masks[masks["swapped"] > masks["right"]]
    suspects = suspects.assign(share=(suspects["swapped"] / (suspects["right"] + suspects["swapped"])).round(3))
    return suspects.sort_values(["share", "swapped"], ascending=False, kind="stable")


def precision_and_recall(suspects: pd.DataFrame, wrong: pd.DataFrame) -> tuple[float, float]:
    """The share of the suspects that are wrong, and of the wrong that are suspect; both name ``clip`` and ``frame``."""
    found = len(suspects.merge(wrong, on=["clip", "frame"]))
    return found / max(len(suspects), 1), found / max(len(wrong), 1)
