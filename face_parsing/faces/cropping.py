"""Face crops for training the segmenters, and the boxes they are cut around."""

import zlib
from pathlib import Path

import numpy as np

from face_parsing.clips.face_table import BOX, read_faces
from face_parsing.clips.layout import frames_of
from face_parsing.core.errors import PipelineError, error_context
from face_parsing.core.labels import IGNORE_INDEX, LabelTable
from face_parsing.faces.boxes import jittered
from face_parsing.geometry.squares import Crop, Square, cut, square
from face_parsing.imaging.label_maps import check_size, read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image, write_jpeg
from face_parsing.imaging.resizing import resized_image, resized_labels

Boxes = dict[str, np.ndarray]  # the (n, 4) boxes of each frame of a clip, by frame


def detected_boxes(table: Path, folder: Path, clips: list[str]) -> dict[str, Boxes]:
    """Return the (n, 4) boxes that the detector found, by clip and frame.

    Args:
        table: the face table's file.
        folder: a folder in the clip layout.
        clips: the names of the clips to read.

    Raises:
        PipelineError: the table can't be read, or has no row for a frame of a clip. Every frame has at least one face.
    """
    faces = read_faces(table)
    boxes: dict[str, Boxes] = {name: {} for name in clips}
    for (name, frame), rows in faces[faces["clip"].isin(clips)].groupby(["clip", "frame"]):
        boxes[name][frame] = rows[BOX].to_numpy()
    for name in clips:
        for frame in frames_of(folder, name):
            if frame.name not in boxes[name]:
                raise PipelineError(
                    f"{table}: no row for frame {frame.name} of clip {name}; expected the clips it was made from"
                )
    return boxes


def true_boxes(truths: dict[str, np.ndarray], clips: list[str], jitter: float) -> dict[str, Boxes]:
    """Jitter the ground truth's (n, 4) boxes, given by image file; return them by clip and frame. n may be 0."""
    boxes: dict[str, Boxes] = {name: {} for name in clips}
    for file, frame_boxes in truths.items():
        path = Path(file)
        # Seeded by file name, so that a frame's jitter does not depend on the other frames.
        rng = np.random.default_rng(zlib.crc32(file.encode()))
        boxes[path.parent.as_posix()][path.stem] = jittered(frame_boxes, jitter, rng)
    return boxes


def crop_clip(
    clips: Path, labels: LabelTable, crop: Crop, context: float, max_size: int, out: Path, clip: tuple[str, Boxes]
) -> int:
    """Write the crops of a clip's faces: out/images/<clip>_<frame>_<k>.jpg and out/labels/<clip>_<frame>_<k>.png.

    The padding has the ignored label.

    Args:
        clips: a folder in the clip layout.
        labels: the label table, which gives the label maps' colours.
        crop: how inference crops a face.
        context: what a training crop adds to the inference crop on every side, as a share of the box's longer side.
        max_size: the largest side of a stored crop in pixels.
        out: the folder to write to.
        clip: the clip's name and the boxes of its frames.

    Returns:
        The number of crops.
    """
    name, boxes = clip
    for frame in frames_of(clips, name):
        with error_context(frame.image):
            image, label_map = read_image(frame.image), read_label_map(frame.annotation)
            check_size(frame.annotation, label_map, frame.image, image)
            for k, box in enumerate(boxes[frame.name]):
                crop_square = square(box, crop.margin + context)
                file = f"{name}_{frame.name}_{k}"
                write_crop(image, label_map, crop_square, crop.pad_value, max_size, labels, out, file)
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
    """Write a square of an image (H, W, 3) uint8 BGR and of its label map (H, W) uint8; see :func:`crop_clip`."""
    side = min(around.side, max_size)
    pixels = resized_image(cut(image, around, pad_value), (side, side))
    write_jpeg(out / "images" / f"{name}.jpg", pixels)
    values = resized_labels(cut(label_map, around, IGNORE_INDEX, resized_labels), (side, side))
    write_label_map(out / "labels" / f"{name}.png", values, labels)
