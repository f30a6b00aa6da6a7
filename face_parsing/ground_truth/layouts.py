"""Where a rendered data set's files lie: DAVIS's layout, FaceSynthetics's, or COCO's."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.labels import LabelTable
from face_parsing.ground_truth.attributes import Row
from face_parsing.imaging.label_maps import read_label_map

Layout = Literal["davis", "face_synthetics", "coco"]
Picture = tuple[int, int]  # the person and the view


class Files(NamedTuple):
    """The files of a picture, relative to the data set; those beside image and mask are written on request."""

    image: Path
    mask: Path
    landmarks: Path
    depth: Path
    normals: Path
    flow: Path


FOLDERS = {
    "davis": ("JPEGImages", "Annotations", "Landmarks", "Depth", "Normals", "Flow"),
    "coco": ("images", "masks", "landmarks", "depth", "normals", "flow"),
    "face_synthetics": ("", "", "landmarks", "depth", "normals", "flow"),
}
SUFFIXES = (".jpg", ".png", ".csv", ".png", ".png", ".png")


def files(layout: Layout, picture: Picture) -> Files:
    """The files of a picture."""
    person, view = picture
    name = f"{person:06d}_{view}" if view else f"{person:06d}"
    if layout == "davis":
        name = f"{person:06d}/{view:05d}"
    ends = (".png", "_seg.png", *SUFFIXES[2:]) if layout == "face_synthetics" else SUFFIXES
    return Files(*(Path(folder) / f"{name}{end}" for folder, end in zip(FOLDERS[layout], ends, strict=True)))


def write_davis_splits(folder: Path, people: int) -> None:
    """Write ImageSets: of ten people eight train, one val and one test."""
    names = [f"{person:06d}" for person in range(people)]
    chosen = {"val": names[8::10], "test": names[9::10]}
    chosen["train"] = [name for name in names if name not in {*chosen["val"], *chosen["test"]}]
    for split in SPLITS:
        write_split(folder, split, chosen[split])


def coco_annotations(
    folder: Path, rows: Iterable[Row], labels: LabelTable, landmarks: Callable[[Path], np.ndarray] | None
) -> dict[str, Any]:
    """The contents of a COCO file: an instance of each part of a face, and one of the face with its landmarks.

    Masks are uncompressed run lengths, which pycocotools reads by ``frPyObjects``.

    Args:
        folder: The data set.
        rows: The table's rows.
        labels: The label table. A part's category is its class id.
        landmarks: The function that reads a landmarks file, (68, 3); None for a set without landmarks.
    """
    face = len(labels)
    names = [f"landmark_{number}" for number in range(68)] if landmarks else []
    categories: list[dict[str, Any]] = [
        *({"id": label.id, "name": label.name, "supercategory": "part"} for label in labels.parts),
        {"id": face, "name": "face", "supercategory": "face", "keypoints": names, "skeleton": []},
    ]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        place = files("coco", (int(row["person"]), int(row["view"])))
        label_map = read_label_map(folder / place.mask)
        height, width = label_map.shape
        images.append({"id": number, "file_name": place.image.name, "height": height, "width": width})
        for category, mask in [*((label.id, label_map == label.id) for label in labels.parts), (face, label_map > 0)]:
            if not mask.any():
                continue
            annotation: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": category,
                "iscrowd": 0,
                "area": int(mask.sum()),
                "bbox": _box(mask),
                "segmentation": {"size": [height, width], "counts": run_lengths(mask)},
            }
            if landmarks and category == face:
                points = landmarks(folder / place.landmarks)
                # COCO's visibility: 2 visible, 1 labelled but hidden.
                flags = np.where(points[:, 2] > 0, 2, 1)
                annotation["keypoints"] = [
                    value
                    for (x, y, _), flag in zip(points.tolist(), flags.tolist(), strict=True)
                    for value in (x, y, flag)
                ]
                annotation["num_keypoints"] = len(points)
            annotations.append(annotation)
    return {"images": images, "annotations": annotations, "categories": categories}


def run_lengths(mask: np.ndarray) -> list[int]:
    """COCO's run lengths of a mask (H, W) bool: of zeros, ones, zeros and so on, down the columns."""
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], changes, [flat.size]])
    counts = np.diff(starts).tolist()
    return [0, *counts] if flat[0] else counts


def _box(mask: np.ndarray) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [int(value) for value in (columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)]
