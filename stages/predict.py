"""Parse the faces in images, folders of frames and videos with the trained pipeline. No stage, but what stages made."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from stages.clips.layout import write_jpeg, write_label_map
from stages.faces.table import write_faces
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_directory, whole_file
from stages.prediction.face_parser import FaceParser
from stages.prediction.footage import Images, Video, open_footage
from stages.prediction.overlay import overlay


def main() -> None:
    """Write, for every input, label maps and overlays below a folder of its name, and faces.csv for all."""
    parser = argparse.ArgumentParser(prog="python -m stages.predict", description=__doc__)
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="an image, a folder of images, a video")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default the GPU if there is one")
    parser.add_argument("--runtime", choices=["torch", "onnx"], default="torch", help="onnx: what stages.export made")
    parser.add_argument("--stills", action="store_true", help="a folder's images have nothing to do with each other")
    arguments = parser.parse_args()
    for one, other in pairwise(sorted(path.resolve().stem for path in arguments.inputs)):
        if one == other:
            raise UserError(f"{one}: two inputs of one name; expected names that tell their results apart")
    face_parser = FaceParser(Path(), arguments.device, arguments.runtime)
    rows, faults = [], []
    for path in arguments.inputs:
        try:
            footage, unreadable = open_footage(path)
            for fault in unreadable:
                tell(fault)
            faults += unreadable
            rows += predict(face_parser, footage, arguments.output, arguments.stills)
        except UserError as fault:
            tell(fault)
            faults.append(fault)
    if rows:
        write_faces(arguments.output / "faces.csv", rows)
    frames = len({row[:2] for row in rows})
    print(f"{len(rows)} faces in {frames} frames: {arguments.output}")
    if faults:
        raise UserError(f"{len(faults)} files could not be parsed, as told above")


def tell(fault: object) -> None:
    """Say what is wrong with an input, and go on."""
    tqdm.write(f"left out: {fault}", file=sys.stderr)


def predict(face_parser: FaceParser, footage: Images | Video, output: Path, stills: bool) -> list[tuple]:
    """Parse one input and write its results; returns its rows of the face table.

    Two passes: one finds the faces of all frames, whose track needs them all, the other parses batch by batch.
    """
    if stills:
        faces = [of_frame for image in _progress(footage, "finding") for of_frame in face_parser.find([image])]
    else:
        faces = face_parser.find(_progress(footage, "finding"))
    palette, labels = face_parser.labels.palette, face_parser.labels
    with whole_directory(output / footage.name) as folder, _overlays(footage, output, folder) as write_overlay:
        parsed = face_parser.parse(_progress(footage, "parsing"), faces)
        for name, of_frame, (image, label_map) in zip(footage.frame_names, faces, parsed, strict=True):
            write_label_map(folder / f"{name}.png", label_map, labels)
            write_overlay(name, overlay(image, label_map, palette, of_frame))
    return [
        (footage.name, name, *face.box, face.score, face.source)
        for name, of_frame in zip(footage.frame_names, faces, strict=True)
        for face in of_frame
    ]


def _progress(footage: Images | Video, what: str) -> Iterator[np.ndarray]:
    return tqdm(footage.frames(), desc=f"{footage.name}: {what}", total=len(footage), unit="frame", mininterval=1.0)


@contextmanager
def _overlays(footage: Images | Video, output: Path, folder: Path) -> Iterator:
    """A function that takes each frame's name and overlay: files beside the label maps, or one video."""
    if isinstance(footage, Images):
        yield lambda name, picture: write_jpeg(folder / f"{name}_overlay.jpg", picture)
        return
    with whole_file(output / f"{footage.name}_overlay.mp4") as path:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), footage.rate, footage.size)
        try:
            yield lambda _, picture: writer.write(picture)
        finally:
            writer.release()


if __name__ == "__main__":
    # OpenCV's video library writes of broken files to stderr what is told in one line here.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    run(main)
