"""What the page is answered: an upload's frames with their label maps, and a video of the overlays that it made."""

import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from face_parsing.app.face_parser import FaceParser
from face_parsing.app.video_file import video_file
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.label_maps import check_size
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.limits import check_limit
from face_parsing.pipeline.pictures import FORMATS, read_image, write_jpeg, write_label_map
from face_parsing.pipeline.resizing import resized_image
from face_parsing.sources.footage import Images, Video, open_footage

Record = dict[str, Any]
VIDEO_SIDE = 1280  # pixels; a page can't hold many frames that are larger


def open_upload(path: Path) -> Images | Video:
    """A picture or a video, by what the file holds.

    Raises:
        UserError: it is neither, is not whole, or is above a limit.
    """
    with path.open("rb") as file:
        start = file.read(12)
    # WebP and AVI begin alike.
    if start.startswith(tuple(FORMATS)) and start[8:] != b"AVI ":
        return Images(path.stem, (path,))
    return open_footage(path)[0]


def parse_upload(face_parser: FaceParser, path: Path, send: Callable[[Record], None]) -> None:
    """Parse a picture or a video, in which one main face is followed, and send what the page shows.

    Args:
        face_parser: The models.
        path: The upload; its folder holds files of this function's for a while.
        send: Takes ``{"found": frames, "of": frames}`` as the faces of a video are found, then a record a frame. What
            it raises ends the work.

    Raises:
        UserError: see :func:`open_upload`.
    """
    footage = open_upload(path)
    length = len(footage)

    def told(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for number, image in enumerate(images, 1):
            yield image
            send({"found": number, "of": length})

    faces = face_parser.find(told(_frames(footage)) if length > 1 else _frames(footage))
    parsed = face_parser.parse(_frames(footage), faces)
    for number, (of_frame, (image, label_map)) in enumerate(zip(faces, parsed, strict=True)):
        send(
            {
                "frame": number,
                "of": length,
                "rate": footage.rate if isinstance(footage, Video) else None,
                "width": image.shape[1],
                "height": image.shape[0],
                "faces": [{"box": face.box, "source": face.source} for face in of_frame],
                **_pictures(path.parent, image, label_map, face_parser.labels),
            }
        )


def _frames(footage: Images | Video) -> Iterator[np.ndarray]:
    """The frames, (H, W, 3) uint8 BGR; a video's with sides that a page can hold."""
    for image in footage.frames():
        height, width = image.shape[:2]
        scale = VIDEO_SIDE / max(height, width)
        if isinstance(footage, Images) or scale >= 1:
            yield image
        else:
            yield resized_image(image, (max(round(scale * width), 1), max(round(scale * height), 1)))


def _pictures(folder: Path, image: np.ndarray, label_map: np.ndarray, labels: LabelTable) -> dict[str, str]:
    """In base64: the frame as JPEG, the label map as indexed PNG, and its classes row by row, compressed by zlib.

    The classes go by themselves, because a browser tells of a PNG no more than its colours, and not always those.
    """
    write_jpeg(folder / "image.jpg", image)
    write_label_map(folder / "labels.png", label_map, labels)
    files = {
        "image": (folder / "image.jpg").read_bytes(),
        "label_map": (folder / "labels.png").read_bytes(),
        "classes": zlib.compress(label_map.tobytes(), 1),
    }
    return {name: b64encode(data).decode() for name, data in files.items()}


def write_video(path: Path, frames: Path, rate: float) -> None:
    """Write pictures of one size as a WebM file, which browsers play; of odd sides the last pixel is left out.

    Args:
        path: The video's file; its folder holds a file of this function's for a while.
        frames: A file of JPEG pictures, each after its length in bytes, itself four bytes, the highest first.
        rate: Frames a second.

    Raises:
        UserError: there are no pictures, or too many; one is not readable, or not as large as the first.
    """
    images = _images(frames)
    first = next(images, None)
    if first is None:
        raise UserError(f"{frames}: empty; expected pictures")
    with video_file(path, "VP80", rate, (first.shape[1], first.shape[0])) as append:
        for number, image in enumerate(chain([first], images), 1):
            check_limit(frames, number, "pictures", "frames")
            check_size(frames, image, frames, first)
            append(image)


def _images(frames: Path) -> Iterator[np.ndarray]:
    one = frames.with_name("frame.jpg")
    with frames.open("rb") as file:
        while length := file.read(4):
            size = int.from_bytes(length, "big")
            check_limit(frames, size, "bytes for a picture", "bytes")
            one.write_bytes(file.read(size))
            yield read_image(one)
