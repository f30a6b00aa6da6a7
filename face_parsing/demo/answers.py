"""The page's answers: an upload's frames with label maps, and a video of the page's overlays."""

import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.limits import check_limit
from face_parsing.imaging.label_maps import check_size, write_label_map
from face_parsing.imaging.pictures import FORMATS, read_image, write_jpeg
from face_parsing.imaging.resizing import resized_image
from face_parsing.media.reading import Images, Video, open_media
from face_parsing.media.video_writer import video_file
from face_parsing.runtime.face_parser import FaceParser

Record = dict[str, Any]
VIDEO_SIDE = 1280  # pixels; a page can't hold many larger frames


def open_upload(path: Path) -> Images | Video:
    """Open an image or a video, identified by its content.

    Raises:
        PipelineError: The file is neither, is truncated, or exceeds a limit.
    """
    with path.open("rb") as file:
        start = file.read(12)
    # WebP and AVI start with the same bytes.
    if start.startswith(tuple(FORMATS)) and start[8:] != b"AVI ":
        return Images(path.stem, (path,))
    return open_media(path)[0]


def parse_upload(face_parser: FaceParser, path: Path, send: Callable[[Record], None]) -> None:
    """Parse an image or a video, tracking one main face, and send the page's records.

    Args:
        face_parser: The models.
        path: The upload. Its folder holds temporary files of this function.
        send: Takes ``{"found": frames, "of": frames}`` while it finds the faces of a video, then one record a frame. An
            exception that it raises ends the work.

    Raises:
        PipelineError: See :func:`open_upload`.
    """
    media = open_upload(path)
    length = len(media)

    def reported(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for number, image in enumerate(images, 1):
            yield image
            send({"found": number, "of": length})

    faces = face_parser.find(reported(_frames(media)) if length > 1 else _frames(media))
    parsed = face_parser.parse(_frames(media), faces)
    for number, (frame_faces, (image, label_map)) in enumerate(zip(faces, parsed, strict=True)):
        send(
            {
                "frame": number,
                "of": length,
                "rate": media.rate if isinstance(media, Video) else None,
                "width": image.shape[1],
                "height": image.shape[0],
                "faces": [{"box": face.box, "source": face.source} for face in frame_faces],
                **_pictures(path.parent, image, label_map, face_parser.labels),
            }
        )


def _frames(media: Images | Video) -> Iterator[np.ndarray]:
    """The frames, (H, W, 3) uint8 BGR; those of a video with sides of at most VIDEO_SIDE."""
    for image in media.frames():
        height, width = image.shape[:2]
        scale = VIDEO_SIDE / max(height, width)
        if isinstance(media, Images) or scale >= 1:
            yield image
        else:
            yield resized_image(image, (max(round(scale * width), 1), max(round(scale * height), 1)))


def _pictures(folder: Path, image: np.ndarray, label_map: np.ndarray, labels: LabelTable) -> dict[str, str]:
    """In base64: the frame as JPEG, the label map as indexed PNG, and its classes row by row, compressed by zlib.

    The classes are separate, since a browser gives access only to a PNG's colors, and those may not be exact.
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
    """Write images of one size as a WebM file, which browsers play; odd sides lose their last pixel.

    Args:
        path: The video's file.
        frames: A file of JPEG images, each preceded by its length in bytes, four bytes in big-endian order. Its folder
            holds a temporary file of this function.
        rate: Frames a second.

    Raises:
        PipelineError: There are no images or too many, or an image is unreadable or differs in size from the first.
    """
    images = _images(frames)
    first = next(images, None)
    if first is None:
        raise PipelineError(f"{frames}: empty; expected pictures")
    with video_file(path, "libvpx", rate, (first.shape[1], first.shape[0])) as append:
        for number, image in enumerate(chain([first], images), 1):
            check_limit(frames, number, "pictures", "frames")
            check_size(frames, image, frames, first)
            append(image)


def _images(frames: Path) -> Iterator[np.ndarray]:
    image_file = frames.with_name("frame.jpg")
    with frames.open("rb") as file:
        while length := file.read(4):
            size = int.from_bytes(length, "big")
            check_limit(frames, size, "bytes for a picture", "bytes")
            image_file.write_bytes(file.read(size))
            yield read_image(image_file)
