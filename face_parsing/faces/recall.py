"""How well faces are found: recall, average precision, and the share of the face that its crop holds."""

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from face_parsing.faces.boxes import face_mask
from face_parsing.faces.crops import Square, square
from face_parsing.pipeline.clips import frames_of
from face_parsing.pipeline.coco import FACE
from face_parsing.pipeline.entry import working_on
from face_parsing.pipeline.face_table import BOX, SOURCES
from face_parsing.pipeline.pictures import read_label_map


def box_metrics(truth: dict[str, Any], faces: pd.DataFrame) -> dict[str, float]:
    """COCO's AP and recalls of the boxes, by pycocotools; NaN without true boxes.

    ``recall_50`` and ``recall_75`` are the shares of true boxes that a found one matches with an IoU of at least 0.5
    and 0.75, one to one; ``AP`` is the mean over IoUs of 0.50 to 0.95 of the precision at 101 recalls.

    Args:
        truth: the contents of a COCO detection file.
        faces: the rows of the face table for its frames, at least one.
    """
    ids = {image["file_name"].rpartition(".")[0]: image["id"] for image in truth["images"]}
    found = [
        {
            "image_id": ids[f"{row.clip}/{row.frame}"],
            "category_id": FACE["id"],
            "bbox": [row.x1, row.y1, row.x2 - row.x1, row.y2 - row.y1],
            "score": row.score,
        }
        for row in faces.itertuples()
    ]
    with redirect_stdout(StringIO()):  # pycocotools prints as it goes
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    # By IoU from 0.50 in steps of 0.05, one category, areas of all sizes, and up to 100 boxes an image.
    recalls = evaluation.eval["recall"][:, 0, 0, -1]
    precisions = evaluation.eval["precision"][:, :, 0, 0, -1]
    if (recalls < 0).all():  # pycocotools' mark of no true box
        return dict.fromkeys(("recall_50", "recall_75", "AP"), math.nan)
    return {"recall_50": float(recalls[0]), "recall_75": float(recalls[5]), "AP": float(precisions.mean())}


def area_in_crops(mask: np.ndarray, squares: Sequence[Square]) -> float:
    """The share of a face mask's (H, W) pixels that lie in any of the squares; NaN without such pixels."""
    rest = mask.copy()
    for s in squares:
        rest[max(s.y, 0) : max(s.y + s.side, 0), max(s.x, 0) : max(s.x + s.side, 0)] = False
    count = np.count_nonzero(mask)
    return 1 - np.count_nonzero(rest) / count if count else float("nan")


def area_shares(clips: Path, margin: float, excluded: Sequence[int], clip: tuple[str, pd.DataFrame]) -> list[float]:
    """Of every frame of a clip the share of the face's area in the crops; NaN without a face.

    Args:
        clips: a folder in the clip layout.
        margin: of the crops' squares.
        excluded: ids whose pixels are no face's.
        clip: its name, and its rows of the face table.
    """
    name, faces = clip
    shares = []
    for frame in frames_of(clips, name):
        with working_on(frame.annotation):
            squares = [square(box, margin) for box in faces.loc[faces.frame == frame.name, BOX].to_numpy()]
            shares.append(area_in_crops(face_mask(read_label_map(frame.annotation), excluded), squares))
    return shares


def detection_metrics(
    truth: dict[str, Any], faces: pd.DataFrame, shares: Sequence[float]
) -> dict[str, float | int | None]:
    """The detector's metrics: fractions, None where no frame has a face, and counts of frames.

    ``detected``, ``interpolated`` and ``whole_frame`` count frames by where the main face's box comes from.

    Args:
        truth: the contents of a COCO detection file.
        faces: the rows of the face table for its frames.
        shares: of each frame, see :func:`area_shares`.
    """
    shares = [share for share in shares if not math.isnan(share)] or [math.nan]
    fractions = box_metrics(truth, faces) | {
        "face_area_in_crop_mean": float(np.mean(shares)),
        "face_area_in_crop_worst": float(min(shares)),
    }
    sources = Counter(faces.drop_duplicates(["clip", "frame"]).source)
    rounded = {name: None if math.isnan(value) else round(value, 6) for name, value in fractions.items()}
    return {**rounded, **{source: sources[source] for source in SOURCES}}
