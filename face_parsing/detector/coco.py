"""COCO detection files of the faces in labelled frames. They have one category; frames without a face are negatives."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_json

FACE: dict[str, Any] = {"id": 1, "name": "face"}
EXPECTED = "a COCO detection file, as the stage boxes writes it"

Length = Annotated[float, Field(ge=0, le=2**31)]


class _Image(BaseModel):
    model_config = ConfigDict(strict=True)

    id: int
    file_name: str
    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]


class _Annotation(BaseModel):
    model_config = ConfigDict(strict=True)

    id: int
    image_id: int
    category_id: Annotated[int, Field(ge=1, le=1)]
    bbox: Annotated[list[Length], Field(min_length=4, max_length=4)]
    area: Length
    iscrowd: Annotated[int, Field(ge=0, le=1)]


class _Coco(BaseModel):
    """The part of the format that its readers (mmdet, pycocotools and this module) use."""

    images: list[_Image]
    annotations: list[_Annotation]
    categories: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1)]


class LabelledFrame(NamedTuple):
    """A labelled frame of a COCO file.

    Attributes:
        file_name: The image's file name.
        shape: Its (height, width) in pixels.
        boxes: (n, 4) boxes x1, y1, x2, y2 of its faces, in pixels.
    """

    file_name: str
    shape: tuple[int, ...]
    boxes: np.ndarray


def coco_file(frames: Iterable[LabelledFrame]) -> dict[str, Any]:
    """Make the contents of a COCO detection file (https://cocodataset.org/#format-data) of labelled frames."""
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
    """Read and check a COCO detection file.

    Raises:
        PipelineError: the file is missing or not a COCO detection file with one category.
    """
    coco = read_json(path, EXPECTED)
    try:
        _Coco.model_validate(coco)
    except ValidationError as error:
        detail = error.errors()[0]
        key = ".".join(map(str, detail["loc"])) or "the whole file"
        raise PipelineError(f"{path}: {key}: {detail['msg'].lower()}; expected {EXPECTED}") from None
    ids = [image["id"] for image in coco["images"]]
    unknown = {annotation["image_id"] for annotation in coco["annotations"]} - set(ids)
    if unknown or len(set(ids)) < len(ids):
        message = f"no image has the id {min(unknown)}" if unknown else "two images have the same id"
        raise PipelineError(f"{path}: {message}; expected {EXPECTED}")
    return coco


def boxes_by_file(coco: dict[str, Any]) -> dict[str, np.ndarray]:
    """The (n, 4) boxes x1, y1, x2, y2 of every image of a COCO file, by file name. The inverse of :func:`coco_file`."""
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    boxes: dict[str, list] = {name: [] for name in names.values()}
    for annotation in coco["annotations"]:
        x, y, width, height = annotation["bbox"]
        boxes[names[annotation["image_id"]]].append([x, y, x + width, y + height])
    return {name: np.array(corners, float).reshape(-1, 4) for name, corners in boxes.items()}
