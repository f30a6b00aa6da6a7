"""Scores how well faces are found on photographs with boxes by hand: python -m tools.portraits --root DIR.

DIR holds photographs and truth.csv with the columns name (a photograph without its suffix), x1, y1, x2, y2 (the head's
box in pixels), fx1, fy1, fx2, fy2 (the face's: brows to chin, ear to ear), and attributes such as tone or pose. Each
photograph is searched by itself. A face is found if a detected box covers 80% of the face's box and has an IoU of 0.4
with the head's. A detected box on less than a fifth of the face's box is false.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from face_parsing.core.errors import PipelineError, run
from face_parsing.geometry.boxes import areas, intersections, ious
from face_parsing.imaging.pictures import IMAGE_SUFFIXES
from face_parsing.runtime.face_parser import FaceParser

COVERED, OVERLAP, FALSE = 0.8, 0.4, 0.2
HEAD, FACE = ["x1", "y1", "x2", "y2"], ["fx1", "fy1", "fx2", "fy2"]
BEARD = 0.08  # the least share of the face's box that a full beard has
SHAVEN = 0.03  # the most beard on a face without one


@dataclass(frozen=True)
class Portrait:
    """What was found on a photograph.

    Attributes:
        found: Whether the face was found.
        iou: The highest IoU of a detected box with the head's.
        false: The number of false boxes.
        beard: The pixels of class beard, as a share of the face's box.
    """

    found: bool
    iou: float
    false: int
    beard: float


def judged(boxes: np.ndarray, head: np.ndarray, face: np.ndarray, beard_pixels: int) -> Portrait:
    """Judge detected boxes (n, 4) by the boxes (4,) of the head and the face."""
    (area,) = areas(face[None])
    overlap = ious(boxes, head[None])[:, 0]
    share = intersections(boxes, face[None])[:, 0] / area
    return Portrait(
        found=bool(((share >= COVERED) & (overlap >= OVERLAP)).any()),
        iou=float(overlap.max(initial=0.0)),
        false=int((share < FALSE).sum()),
        beard=beard_pixels / float(area),
    )


def report(truth: pd.DataFrame, portraits: Sequence[Portrait]) -> str:
    """A Markdown table of the shares found by each attribute's values, and a line for all."""
    table = truth.assign(found=[x.found for x in portraits], iou=[x.iou for x in portraits])
    attributes = [column for column in truth.columns if column not in ("name", *HEAD, *FACE)]
    lines = ["| | | pictures | found | mean IoU |", "|---|---|---|---|---|"]
    for attribute in attributes:
        for value, group in table.groupby(attribute):
            lines.append(
                f"| {attribute} | {value} | {len(group)} | {group['found'].mean():.3f} | {group['iou'].mean():.3f} |"
            )
    false = sum(portrait.false for portrait in portraits)
    lines.append(f"| all | | {len(table)} | {table['found'].mean():.3f} | {table['iou'].mean():.3f} |")
    lines.append(f"\nfalse boxes: {false}; missed: {' '.join(table[~table['found']]['name']) or 'none'}")
    if "beard" in attributes:
        shares = pd.Series([portrait.beard for portrait in portraits], index=truth.index)
        none, full = shares[truth["beard"] == "none"], shares[truth["beard"] == "full"]
        lines.append(
            f"beards: drawn on {(none > SHAVEN).sum()} of {len(none)} faces without one, "
            f"missed on {(full < BEARD).sum()} of {len(full)} with a full one"
        )
    return "\n".join(lines)


def read_truth(root: Path) -> pd.DataFrame:
    """Read truth.csv.

    Raises:
        PipelineError: It is missing, or lacks a column.
    """
    path = root / "truth.csv"
    expected = f"expected columns {', '.join(['name', *HEAD, *FACE])}"
    try:
        truth = pd.read_csv(path, dtype={"name": str}, keep_default_na=False)
        truth[HEAD + FACE] = truth[HEAD + FACE].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise PipelineError(f"{path}: {' '.join(str(error).split())}; {expected}") from None
    if "name" not in truth or truth.empty:
        raise PipelineError(f"{path}: no column name, or no row; {expected}")
    return truth


def photograph(root: Path, name: str) -> Path:
    """The photograph's file.

    Raises:
        PipelineError: There is none.
    """
    found = [path for path in sorted(root.glob(f"{name}.*")) if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise PipelineError(f"{root / name}: no such photograph; expected those that truth.csv names")
    return found[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.portraits", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the folder")
    parser.add_argument("--project", type=Path, help="the folder of a trained project; default: the bundled models")
    given = parser.parse_args()
    truth = read_truth(given.root)
    face_parser = FaceParser(given.project)
    beard = face_parser.labels.id_of("beard")
    portraits = []
    for row in truth.to_dict("records"):
        result = face_parser(photograph(given.root, row["name"]))
        boxes = np.array([face.box for face in result.faces if face.source == "detected"]).reshape(-1, 4)
        head, face = (np.array([row[edge] for edge in edges]) for edges in (HEAD, FACE))
        portraits.append(judged(boxes, head, face, int((result.label_map == beard).sum())))
    print(report(truth, portraits))


if __name__ == "__main__":
    run(main)
