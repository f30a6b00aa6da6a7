"""Crops of a clip's faces for the segmenters' training, and the boxes that they are cut around."""

import zlib
from pathlib import Path

import numpy as np

from face_parsing.faces.boxes import jittered
from face_parsing.faces.crops import Square, cut, square
from face_parsing.faces.parameters import Crop
from face_parsing.pipeline.clips import frames_of
from face_parsing.pipeline.entry import UserError, working_on
from face_parsing.pipeline.face_table import BOX, read_faces
from face_parsing.pipeline.label_maps import check_size
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.pictures import read_image, read_label_map, write_jpeg, write_label_map
from face_parsing.pipeline.resizing import resized_image, resized_labels

Boxes = dict[str, np.ndarray]  # of a clip: the (n, 4) boxes of each frame


def detected_boxes(table: Path, folder: Path, clips: list[str]) -> dict[str, Boxes]:
    """By clip and frame the (n, 4) boxes that the detector found.

    Args:
        table: the face table's file.
        folder: in the clip layout.
        clips: the names of those that count.

    Raises:
        UserError: the table can't be read, or lacks a frame of a clip; every frame has one face at least.
    """
    faces = read_faces(table)
    boxes: dict[str, Boxes] = {name: {} for name in clips}
    for (name, frame), rows in faces[faces["clip"].isin(clips)].groupby(["clip", "frame"]):
        boxes[name][frame] = rows[BOX].to_numpy()
    for name in clips:
        for frame in frames_of(folder, name):
            if frame.name not in boxes[name]:
                raise UserError(
                    f"{table}: no row for frame {frame.name} of clip {name}; expected the clips it was made from"
                )
    return boxes


def true_boxes(truths: dict[str, np.ndarray], clips: list[str], jitter: float) -> dict[str, Boxes]:
    """By clip and frame the (n, 4) boxes of the masks (by image file), moved as a detector might; n may be 0."""
    boxes: dict[str, Boxes] = {name: {} for name in clips}
    for file, of_frame in truths.items():
        path = Path(file)
        # A frame's jitter is its own, whatever other frames there are.
        rng = np.random.default_rng(zlib.crc32(file.encode()))
        boxes[path.parent.as_posix()][path.stem] = jittered(of_frame, jitter, rng)
    return boxes


def crop_clip(
    clips: Path, labels: LabelTable, crop: Crop, context: float, max_size: int, out: Path, clip: tuple[str, Boxes]
) -> int:
    """Write the crops of one clip's faces: out/images/<clip>_<frame>_<k>.jpg and out/labels/<the same>.png.

    Labels of the padding are ignored.

    Args:
        clips: a folder in the clip layout.
        labels: whose colours the label maps get.
        crop: the square of inference.
        context: what a training crop has around it on every side, as a share of the box's longer side.
        max_size: the most pixels a side that it is stored with.
        out: the folder to write to.
        clip: its name and the boxes of its frames.

    Returns:
        The crops' number.
    """
    name, boxes = clip
    for frame in frames_of(clips, name):
        with working_on(frame.image):
            image, label_map = read_image(frame.image), read_label_map(frame.annotation)
            check_size(frame.annotation, label_map, frame.image, image)
            for k, box in enumerate(boxes[frame.name]):
                around = square(box, crop.margin + context)
                file = f"{name}_{frame.name}_{k}"
                write_crop(image, label_map, around, crop.pad_value, max_size, labels, out, file)
    return sum(map(len, boxes.values()))


def write_crop(
    image: np.ndarray,
    label_map: np.ndarray,
    around: Square,
    pad_value: int,
    max_size: int,
    labels: LabelTable,
    out: Path,
    name: str,
) -> None:
    """Write what a square of an image (H, W, 3) uint8 BGR and of its label map (H, W) uint8 holds; see crop_clip."""
    side = min(around.side, max_size)
    pixels = resized_image(cut(image, around, pad_value), (side, side))
    write_jpeg(out / "images" / f"{name}.jpg", pixels)
    values = resized_labels(cut(label_map, around, IGNORE_INDEX, resized_labels), (side, side))
    write_label_map(out / "labels" / f"{name}.png", values, labels)
