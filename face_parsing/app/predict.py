"""Parse the faces in images, folders of frames and videos."""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.app.face_parser import FaceParser, Runtime
from face_parsing.app.given_faces import GivenFaces
from face_parsing.app.inputs import Input, below, given, listed
from face_parsing.app.manifest import DONE, Manifest, Row, version_of
from face_parsing.app.overlay import overlay
from face_parsing.app.shipped import shipped_project
from face_parsing.app.video_file import video_file
from face_parsing.faces.parameters import Finder
from face_parsing.parsing.parameters import SteadyMode
from face_parsing.pipeline.clips import check_name
from face_parsing.pipeline.entry import UserError, show_origin, working_on
from face_parsing.pipeline.face_table import Face, FaceRow, read_faces, rows_of, write_faces
from face_parsing.pipeline.model_file import Stamp, stamp
from face_parsing.pipeline.outputs import whole_directory, whole_file
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import write_jpeg, write_label_map
from face_parsing.pipeline.texts import read_json
from face_parsing.sources.footage import Images, Video, open_footage

FACES = "faces.csv"
MANIFEST = "manifest.csv"

# The faces of every frame of an input, whose images (H, W, 3) uint8 BGR come one at a time.
FindFaces = Callable[[Images | Video, Iterable[np.ndarray]], Iterable[list[Face]]]


def main(arguments: argparse.Namespace) -> None:
    """Write, for every input, label maps and overlays below a folder of its name, and a table of the faces."""
    ways = [arguments.inputs, arguments.list, arguments.tree]
    if sum(map(bool, ways)) != 1:
        raise UserError("expected either inputs, or --list, or --tree")
    inputs = listed(arguments.list) if arguments.list else below(arguments.tree) if arguments.tree else None
    named = given(arguments.inputs) if inputs is None else inputs
    options = Options(**{field.name: getattr(arguments, field.name) for field in fields(Options)})
    load = partial(shared_predictor, options, stamp(*options.files))
    predictor = load()
    if isinstance(predictor.find, GivenFaces):
        predictor.find.check_clips([name for _, name in named])
    if inputs is None:
        predict_each(predictor, named)
    else:
        check_same_run(predictor, options)
        predict_many(load, options.output, named)


@dataclass(frozen=True)
class Options:
    """What the command line says of how inputs are parsed; see :mod:`face_parsing.app.command`."""

    project: Path | None
    output: Path
    device: str | None
    runtime: Runtime
    stills: bool
    steady: SteadyMode | None
    faces: Path | None
    whole_frame: bool

    @property
    def files(self) -> list[Path]:
        """Those that a predictor is made of, and others of the project."""
        folder = self.project or shipped_project()
        found = [folder / "params.yaml", folder / "data/labels.yaml", *sorted(folder.glob("models/**/*"))]
        return [*found, *([self.faces] if self.faces else [])]


@dataclass(frozen=True)
class Predictor:
    """What every input is parsed by.

    Attributes:
        face_parser: The models.
        output: The folder for the results.
        find: The faces of an input's frames.
        stills: Whether a folder's images have nothing to do with each other.
    """

    face_parser: FaceParser
    output: Path
    find: FindFaces
    stills: bool

    def opened(self, one: Input) -> tuple[Images | Video, list[UserError]]:
        """An input, and the faults of those images of a folder that are left out.

        Raises:
            UserError: it can't be read, or something that is no result of predict is where its results should be.
        """
        footage, unreadable = open_footage(one.path)
        check_place(one.path, self.output / one.name)
        return replace(footage, name=one.name), unreadable


@lru_cache(maxsize=1)
def shared_predictor(options: Options, _: Stamp) -> Predictor:
    """The same predictor for equal options and files, so that a process loads it once for all of its inputs."""
    table = GivenFaces(options.faces) if options.faces else None
    finder: Finder | None = "whole_frame" if table or options.whole_frame else None
    face_parser = FaceParser(options.project, options.device, options.runtime, finder, options.steady)
    return Predictor(face_parser, options.output, table or _find_by(face_parser, options.stills), options.stills)


def predict_each(predictor: Predictor, inputs: Sequence[Input]) -> None:
    """Parse inputs that were named one by one; one table has the faces of all.

    Raises:
        UserError: some could not be parsed, as was told.
    """
    rows: list[FaceRow] = []
    faults: list[UserError] = []
    frames = 0
    for one in inputs:
        try:
            with working_on(one.path):
                footage, unreadable = predictor.opened(one)
                tell(unreadable)
                faults += unreadable
                rows += predict(predictor, footage)
                frames += len(footage)
        except UserError as fault:
            show_origin()
            tell([fault])
            faults.append(fault)
    if frames:
        write_faces(predictor.output / FACES, rows)
    print(f"{len(rows)} faces in {frames} frames: {predictor.output}")
    if faults:
        raise UserError(f"{len(faults)} files could not be parsed, as told above")


def predict_many(load: Callable[[], Predictor], output: Path, inputs: Sequence[Input]) -> None:
    """Parse those of many inputs that an earlier run has not done; each one's faces stand beside its label maps.

    They are parsed one after another, or by a cluster's workers (see :mod:`face_parsing.pipeline.cluster`).

    Args:
        load: Gives what parses them.
        output: The folder for the results.
        inputs: All of them.

    Raises:
        UserError: some could not be parsed, as was told and stands in the manifest.
    """
    manifest = Manifest(output / MANIFEST, output)
    left = [one for one in inputs if not manifest.has(one.name, version_of(one.path))]
    failed = 0
    for row, faults in each(partial(parse_one, load), left, "inputs", alone=True):
        tell(faults)
        manifest.add(row)
        failed += row.outcome != DONE
    earlier = len(inputs) - len(left)
    print(f"{len(inputs) - failed} of {len(inputs)} inputs parsed, {earlier} of them earlier: {output / MANIFEST}")
    if failed:
        raise UserError(f"{failed} inputs could not be parsed, as told above; {output / MANIFEST} has them all")


def parse_one(load: Callable[[], Predictor], one: Input) -> tuple[Row, list[UserError]]:
    """Parse one of many inputs; returns its row of the manifest, and the faults in it."""
    predictor = load()
    place = predictor.output / one.name
    started, row = time.monotonic(), Row(one.name, str(one.path), DONE, 0, 0, 0, 0.0, version_of(one.path))
    faults: list[UserError] = []
    try:
        with working_on(one.path):
            footage, unreadable = predictor.opened(one)
            faults += unreadable
            # The last run may have ended between a result and its row.
            faces = _faces_of_whole_result(place, one.path)
            if faces is None:
                faces = len(predict(predictor, footage, FACES))
            row = row._replace(frames=len(footage), left_out=len(unreadable), faces=faces)
    except UserError as fault:
        show_origin()
        faults.append(fault)
        row = row._replace(outcome=" ".join(str(fault).split()))
    return row._replace(seconds=round(time.monotonic() - started, 3)), faults


def check_same_run(predictor: Predictor, options: Options) -> None:
    """Check that what is in the output was made as it would be made now, or note how it is made.

    Raises:
        UserError: it was made by other models or otherwise.
    """
    files = [*predictor.face_parser.files, *([options.faces] if options.faces else [])]
    how = {
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "options": {name: getattr(options, name) for name in ("runtime", "stills", "steady", "whole_frame")},
    }
    path = predictor.output / "predict.json"
    if not path.exists():
        with whole_file(path) as partial:
            partial.write_text(json.dumps(how, indent=2) + "\n", encoding="utf-8")
    elif read_json(path, "how predict made what is beside it") != how:
        raise UserError(f"{path}: made by other models or with other options; expected another --output")


def _faces_of_whole_result(folder: Path, path: Path) -> int | None:
    """How many faces a result has that is newer than its input; None where there is no such result.

    A folder is in its place only when everything in it is there.
    """
    table = folder / FACES
    if not table.is_file() or table.stat().st_mtime_ns < _written(path):
        return None
    return len(read_faces(table))


def _written(path: Path) -> int:
    """When an input was written, in nanoseconds."""
    return max(each.stat().st_mtime_ns for each in ([path, *path.iterdir()] if path.is_dir() else [path]))


def tell(faults: Iterable[UserError]) -> None:
    """Say what is wrong with an input, and go on."""
    for fault in faults:
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
    names.discard(FACES)
    label_maps = {name for name in names if name.endswith(".png")}
    overlays = {f"{name.removesuffix('.png')}_overlay.jpg" for name in label_maps}
    of_video = names == label_maps and _overlay_video(folder).is_file()
    if not (of_video or names - label_maps == overlays) or folder.samefile(path):
        raise UserError(f"{path}: {folder} is there, and no earlier result of predict; expected another --output")


def _find_by(face_parser: FaceParser, stills: bool) -> FindFaces:
    """The parser's own finding, which follows a face through an input, but not through stills."""
    find = face_parser.find_each if stills else face_parser.find
    return lambda _, images: find(images)


def predict(predictor: Predictor, footage: Images | Video, table: str | None = None) -> list[FaceRow]:
    """Parse one input and write its results; returns its rows of the face table.

    Two passes: one finds the faces of all frames, whose track needs them all, the other parses batch by batch. Frames
    are read and decoded while the networks run.

    Args:
        predictor: What parses it.
        footage: The input.
        table: The name of a file beside the label maps that the rows are written to.
    """
    face_parser, output = predictor.face_parser, predictor.output
    faces = list(predictor.find(footage, _progress(footage, "finding")))
    rows = [
        row
        for name, of_frame in zip(footage.frame_names, faces, strict=True)
        for row in rows_of(footage.name, name, of_frame)
    ]
    palette, labels = face_parser.labels.palette, face_parser.labels
    with whole_directory(output / footage.name) as folder, _overlays(footage, output, folder) as write_overlay:
        if table:
            write_faces(folder / table, rows)
        parsed = face_parser.parse(_progress(footage, "parsing"), faces, predictor.stills)
        for name, of_frame, (image, label_map) in zip(footage.frame_names, faces, parsed, strict=True):
            write_label_map(folder / f"{name}.png", label_map, labels)
            write_overlay(name, overlay(image, label_map, palette, of_frame))
    return rows


def _progress(footage: Images | Video, what: str) -> Iterable[np.ndarray]:
    title = f"{footage.name}: {what}"
    # A bar for each of a thousand pictures would be all that one sees; and a cluster's workers have no screen.
    hidden = True if len(footage) == 1 else None
    return tqdm(footage.frames(), desc=title, total=len(footage), unit="frame", mininterval=1.0, disable=hidden)


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
