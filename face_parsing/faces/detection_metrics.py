"""Detection metrics: recall, average precision, and the share of the face's area inside its crop."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from face_parsing.clips.face_table import BOX, SOURCES
from face_parsing.clips.layout import frames_of
from face_parsing.core.errors import error_context
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.detector.coco import FACE
from face_parsing.faces.boxes import face_mask
from face_parsing.geometry.squares import Square, square
from face_parsing.imaging.label_maps import read_label_map


def box_metrics(truth: dict[str, Any], faces: pd.DataFrame) -> dict[str, float]:
    """Compute COCO's AP and recall of the boxes with pycocotools. All are NaN if there is no ground-truth box.

    ``recall_50`` and ``recall_75`` are the shares of ground-truth boxes that a prediction matches one to one, with
    an IoU of at least 0.5 and 0.75. ``AP`` is the precision at 101 recalls, averaged over IoUs of 0.50 to 0.95.

    Args:
        truth: the contents of a COCO detection file, the ground truth.
        faces: the rows of the face table for its frames, at least one.
    """
    ids = {image["file_name"].rpartition(".")[0]: image["id"] for image in truth["images"]}
    predictions = [
        {
            "image_id": ids[f"{row.clip}/{row.frame}"],
            "category_id": FACE["id"],
            "bbox": [row.x1, row.y1, row.x2 - row.x1, row.y2 - row.y1],
            "score": row.score,
        }
        for row in faces.itertuples()
    ]
    with stdout_suppressed():
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(predictions), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    # The first axis is the IoU, from 0.50 in steps of 0.05. We read one category, all areas, up to 100 boxes an image.
    recalls = evaluation.eval["recall"][:, 0, 0, -1]
    precisions = evaluation.eval["precision"][:, :, 0, 0, -1]
    if (recalls < 0).all():  # pycocotools writes -1 if there is no ground-truth box
        return dict.fromkeys(("recall_50", "recall_75", "AP"), math.nan)
    return {"recall_50": float(recalls[0]), "recall_75": float(recalls[5]), "AP": float(precisions.mean())}


def area_in_crops(mask: np.ndarray, squares: Sequence[Square]) -> float:
    """Return the share of a face mask's (H, W) pixels that lie in any of the squares; NaN if the mask is empty."""
    uncovered = mask.copy()
    for s in squares:
        uncovered[max(s.y, 0) : max(s.y + s.side, 0), max(s.x, 0) : max(s.x + s.side, 0)] = False
    count = np.count_nonzero(mask)
    return 1 - np.count_nonzero(uncovered) / count if count else float("nan")


def area_shares(clips: Path, margin: float, excluded: Sequence[int], clip: tuple[str, pd.DataFrame]) -> list[float]:
    """Return the share of the face's area in the crops for every frame of a clip; NaN for a frame without a face.

    Args:
        clips: a folder in the clip layout.
        margin: the margin of the crops' squares, as a share of the box's longer side.
        excluded: ids that do not count as face.
        clip: the clip's name and its rows of the face table.
    """
    name, faces = clip
    shares = []
    for frame in frames_of(clips, name):
        with error_context(frame.annotation):
            squares = [square(box, margin) for box in faces.loc[faces.frame == frame.name, BOX].to_numpy()]
            shares.append(area_in_crops(face_mask(read_label_map(frame.annotation), excluded), squares))
    return shares


def detection_metrics(
    truth: dict[str, Any], faces: pd.DataFrame, shares: Sequence[float]
) -> dict[str, float | int | None]:
    """Compute the detector's metrics: fractions, which are None if no frame has a face, and counts of frames.

    ``detected``, ``interpolated`` and ``whole_frame`` count frames by the source of the main face's box.

    Args:
        truth: the contents of a COCO detection file, the ground truth.
        faces: the rows of the face table for its frames.
        shares: the share of the face's area in the crops of each frame, see :func:`area_shares`.
    """
    shares = [share for share in shares if not math.isnan(share)] or [math.nan]
    fractions = box_metrics(truth, faces) | {
        "face_area_in_crop_mean": float(np.mean(shares)),
        "face_area_in_crop_worst": float(min(shares)),
    }
    sources = Counter(faces.drop_duplicates(["clip", "frame"]).source)
    rounded = {name: None if math.isnan(value) else round(value, 6) for name, value in fractions.items()}
    return {**rounded, **{source: sources[source] for source in SOURCES}}
