"""The COCO detection file of the faces in labelled frames: one category, and frames without a face as negatives."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from face_parsing.pipeline.entry import UserError

FACE: dict[str, Any] = {"id": 1, "name": "face"}


class LabelledFrame(NamedTuple):
    """A frame for a COCO file: its image's file name, its (height, width), and its (n, 4) boxes."""

    file_name: str
    shape: tuple[int, ...]
    boxes: np.ndarray


def coco_file(frames: Iterable[LabelledFrame]) -> dict[str, Any]:
    """The contents of a COCO detection file (https://cocodataset.org/#format-data) of labelled frames."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for file_name, (height, width), boxes in frames:
        images.append({"id": len(images) + 1, "file_name": file_name, "height": height, "width": width})
        for x1, y1, x2, y2 in boxes.tolist():
            box = [x1, y1, x2 - x1, y2 - y1]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": len(images),
                    "category_id": FACE["id"],
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                }
            )
    return {"images": images, "annotations": annotations, "categories": [FACE]}


def read_coco(path: Path) -> dict[str, Any]:
    """The contents of a COCO detection file.

    Raises:
        UserError: the file is missing or not such a file.
    """
    try:
        coco = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected the COCO file that the boxes stage writes") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); expected a COCO detection file") from None
    if not isinstance(coco, dict) or not {"images", "annotations"} <= coco.keys():
        raise UserError(f"{path}: no images or annotations; expected a COCO detection file")
    return coco


def boxes_by_file(coco: dict[str, Any]) -> dict[str, np.ndarray]:
    """The (n, 4) boxes x1, y1, x2, y2 of every image of a COCO file, by its file name; the inverse of the above."""
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    boxes: dict[str, list] = {name: [] for name in names.values()}
    for annotation in coco["annotations"]:
        x, y, width, height = annotation["bbox"]
        boxes[names[annotation["image_id"]]].append([x, y, x + width, y + height])
    return {name: np.array(listed, float).reshape(-1, 4) for name, listed in boxes.items()}
