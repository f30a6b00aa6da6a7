"""Parse the faces in images, folders of frames and videos."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.app.face_parser import FaceParser
from face_parsing.app.given_faces import GivenFaces
from face_parsing.app.overlay import overlay
from face_parsing.app.video_file import video_file
from face_parsing.faces.parameters import Finder
from face_parsing.pipeline.clips import check_name
from face_parsing.pipeline.entry import UserError, show_origin, working_on
from face_parsing.pipeline.face_table import Face, FaceRow, rows_of, write_faces
from face_parsing.pipeline.outputs import whole_directory, whole_file
from face_parsing.pipeline.pictures import write_jpeg, write_label_map
from face_parsing.sources.footage import Images, Video, name_of, open_footage

# The faces of every frame of an input, whose images (H, W, 3) uint8 BGR come one at a time.
FindFaces = Callable[[Images | Video, Iterable[np.ndarray]], Iterable[list[Face]]]


def main(arguments: argparse.Namespace) -> None:
    """Write, for every input, label maps and overlays below a folder of its name, and faces.csv for all."""
    names = sorted(map(name_of, arguments.inputs))
    for one, other in pairwise(names):
        if one == other:
            raise UserError(f"{one}: two inputs of one name; expected names that tell their results apart")
    output = arguments.output
    given = GivenFaces(arguments.faces, names) if arguments.faces else None
    finder: Finder | None = "whole_frame" if given or arguments.whole_frame else None
    face_parser = FaceParser(arguments.project, arguments.device, arguments.runtime, finder, arguments.steady)
    find = given or _find_by(face_parser, arguments.stills)
    rows: list[FaceRow] = []
    faults: list[UserError] = []
    frames = 0
    for path in arguments.inputs:
        try:
            with working_on(path):
                footage, unreadable = open_footage(path)
                check_place(path, output / footage.name)
                for fault in unreadable:
                    tell(fault)
                faults += unreadable
                rows += predict(face_parser, footage, output, find, arguments.stills)
                frames += len(footage)
        except UserError as fault:
            show_origin()
            tell(fault)
            faults.append(fault)
    if frames:
        write_faces(output / "faces.csv", rows)
    print(f"{len(rows)} faces in {frames} frames: {output}")
    if faults:
        raise UserError(f"{len(faults)} files could not be parsed, as told above")


def tell(fault: object) -> None:
    """Say what is wrong with an input, and go on."""
    tqdm.write(f"left out: {fault}", file=sys.stderr)


def check_place(path: Path, folder: Path) -> None:
    """Check that an input's results may take the place of what is at ``folder``: an earlier run's, or nothing.

    Raises:
        UserError: the input's name is none for a folder, or something else is there, the input itself perhaps.
    """
    check_name(path, folder.name)
    if not os.path.lexists(folder):
        return
    names = {each.name for each in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else {""}
    label_maps = {name for name in names if name.endswith(".png")}
    overlays = {f"{name.removesuffix('.png')}_overlay.jpg" for name in label_maps}
    of_video = names == label_maps and _overlay_video(folder).is_file()
    if not (of_video or names - label_maps == overlays) or folder.samefile(path):
        raise UserError(f"{path}: {folder} is there, and no earlier result of predict; expected another --output")


def _find_by(face_parser: FaceParser, stills: bool) -> FindFaces:
    """The parser's own finding, which follows a face through an input, but not through stills."""
    find = face_parser.find_each if stills else face_parser.find
    return lambda _, images: find(images)


def predict(
    face_parser: FaceParser, footage: Images | Video, output: Path, find: FindFaces, stills: bool
) -> list[FaceRow]:
    """Parse one input and write its results; returns its rows of the face table.

    Two passes: one finds the faces of all frames, whose track needs them all, the other parses batch by batch.
    """
    faces = list(find(footage, _progress(footage, "finding")))
    palette, labels = face_parser.labels.palette, face_parser.labels
    with whole_directory(output / footage.name) as folder, _overlays(footage, output, folder) as write_overlay:
        parsed = face_parser.parse(_progress(footage, "parsing"), faces, stills)
        for name, of_frame, (image, label_map) in zip(footage.frame_names, faces, parsed, strict=True):
            write_label_map(folder / f"{name}.png", label_map, labels)
            write_overlay(name, overlay(image, label_map, palette, of_frame))
    return [
        row
        for name, of_frame in zip(footage.frame_names, faces, strict=True)
        for row in rows_of(footage.name, name, of_frame)
    ]


def _progress(footage: Images | Video, what: str) -> Iterable[np.ndarray]:
    title = f"{footage.name}: {what}"
    one = len(footage) == 1  # a bar for each of a thousand pictures would be all that one sees
    return tqdm(footage.frames(), desc=title, total=len(footage), unit="frame", mininterval=1.0, disable=one)


@contextmanager
def _overlays(footage: Images | Video, output: Path, folder: Path) -> Iterator:
    """A function that takes each frame's name and overlay: files beside the label maps, or one video."""
    if isinstance(footage, Images):
        yield lambda name, picture: write_jpeg(folder / f"{name}_overlay.jpg", picture)
        return
    with (
        whole_file(_overlay_video(output / footage.name)) as path,
        video_file(path, "mp4v", footage.rate, footage.size) as append,
    ):
        yield lambda _, picture: append(picture)


def _overlay_video(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}_overlay.mp4")
