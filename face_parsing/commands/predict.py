"""Parse the faces in images, folders of frames and videos."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from face_parsing.clips.face_table import Face, FaceRow, read_faces, rows_of, write_faces
from face_parsing.clips.layout import check_name
from face_parsing.commands.given_faces import GivenFaces
from face_parsing.commands.manifest import DONE, Manifest, Row, version_of
from face_parsing.core import paths
from face_parsing.core.digests import Stamp, sha256, stamp
from face_parsing.core.errors import PipelineError, error_context, show_origin
from face_parsing.core.labels import LabelTable
from face_parsing.core.outputs import atomic_directory, atomic_file
from face_parsing.core.texts import read_json
from face_parsing.faces.parameters import Finder
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.media.inputs import Input, below, given, listed
from face_parsing.media.overlay import overlay
from face_parsing.media.reading import Images, Video, open_media
from face_parsing.media.video_writer import video_file
from face_parsing.parsing.compositing import Prediction, probability_map
from face_parsing.parsing.parameters import SmoothingMode
from face_parsing.runtime.bundled import bundled_project
from face_parsing.runtime.exported import CONTENTS
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.opening import Runtime

FACES = "faces.csv"
MANIFEST = "manifest.csv"
NAMED = 5  # skipped files of a folder that are named; all are counted
PROBABILITIES = "probabilities"  # beside the label maps: a folder of each class
RUNTIMES = {"onnx": "onnxruntime", "torch": "torch"}
NO_OVERLAY = "no_overlay.txt"  # beside a video's label maps: why there is no overlay

# Finds the faces of every frame of an input. The frames, (H, W, 3) uint8 BGR, are read one at a time.
FindFaces = Callable[[Images | Video, Iterable[np.ndarray]], Iterable[list[Face]]]


def main(arguments: argparse.Namespace) -> None:
    """Write label maps, overlays and a table of the faces for every input."""
    sources = [arguments.inputs, arguments.input_list, arguments.recursive]
    if sum(map(bool, sources)) != 1:
        raise PipelineError("expected either inputs, or --input-list, or --recursive")
    inputs = (
        listed(arguments.input_list)
        if arguments.input_list
        else below(arguments.recursive)
        if arguments.recursive
        else None
    )
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
    """Options of the command line; see :mod:`face_parsing.commands.command_line`."""

    project: Path | None
    output: Path
    device: str | None
    runtime: Runtime | None
    tracking: bool
    probabilities: bool
    temporal_smoothing: SmoothingMode | None
    faces: Path | None
    whole_frame: bool

    @property
    def files(self) -> list[Path]:
        """The files that a predictor is loaded from, and other model files of the project."""
        folder = self.project or bundled_project()
        models = sorted((folder / paths.MODELS).glob("**/*"))
        exported = [folder / CONTENTS, folder / paths.EXPORTED / CONTENTS]
        project_files = [folder / paths.PARAMETERS, folder / paths.LABELS, *models, *exported]
        return [*project_files, *([self.faces] if self.faces else [])]


@dataclass(frozen=True)
class Predictor:
    """The models and options that parse every input.

    Attributes:
        face_parser: The models.
        output: The folder for the results.
        find: Finds the faces of an input's frames.
        tracking: Whether the main face is tracked through a folder's images; otherwise they are unrelated.
        probabilities: Whether the probabilities of the classes are written too.
    """

    face_parser: FaceParser
    output: Path
    find: FindFaces
    tracking: bool
    probabilities: bool

    def opened(self, source: Input) -> tuple[Images | Video, list[PipelineError]]:
        """Open an input.

        Returns:
            The frames, and an error for each image of a folder that is skipped.

        Raises:
            PipelineError: The input is unreadable, or its results would replace something else than results of predict.
        """
        media, unreadable = open_media(source.path)
        check_place(source.path, self.output / source.name)
        return replace(media, name=source.name), unreadable


@lru_cache(maxsize=1)
def shared_predictor(options: Options, _: Stamp) -> Predictor:
    """Load a predictor once per process for equal options and files."""
    table = GivenFaces(options.faces) if options.faces else None
    finder: Finder | None = "whole_frame" if table or options.whole_frame else None
    face_parser = FaceParser(options.project, options.device, options.runtime, finder, options.temporal_smoothing)
    if options.probabilities and face_parser.recipe.delivers_vote and face_parser.vote == "hard":
        raise PipelineError("--probabilities: a hard vote has none; expected ensemble.vote: soft")
    find = table or _find_by(face_parser, options.tracking)
    return Predictor(face_parser, options.output, find, options.tracking, options.probabilities)


def predict_each(predictor: Predictor, inputs: Sequence[Input]) -> None:
    """Parse inputs that are named one by one; one table has the faces of all.

    Raises:
        PipelineError: Some files could not be parsed. Each is reported before.
    """
    rows: list[FaceRow] = []
    errors: list[PipelineError] = []
    frames = 0
    for source in inputs:
        try:
            with error_context(source.path):
                media, unreadable = predictor.opened(source)
                tell(unreadable)
                tell_of_others(source.path, others_of(media))
                errors += unreadable
                media_rows, unwritten = predict(predictor, media)
                tell(unwritten)
                errors += unwritten
                rows += media_rows
                frames += len(media)
        except PipelineError as error:
            show_origin()
            tell([error])
            errors.append(error)
    if frames:
        write_faces(predictor.output / FACES, rows)
    print(f"{len(rows)} faces in {frames} frames, by {RUNTIMES[predictor.face_parser.runtime]}: {predictor.output}")
    if errors:
        raise PipelineError(f"{len(errors)} files could not be parsed; see the errors above")


def predict_many(load: Callable[[], Predictor], output: Path, inputs: Sequence[Input]) -> None:
    """Parse the inputs that an earlier run has not parsed; each input's faces stand beside its label maps.

    Inputs are parsed one after another, or by a cluster's workers (see :mod:`face_parsing.compute.cluster`).

    Args:
        load: Loads the predictor.
        output: The folder for the results.
        inputs: All inputs.

    Raises:
        PipelineError: Some inputs could not be parsed. Each is reported before, and recorded in the manifest.
    """
    # Imported here: a cluster's worker and joblib are of no use for inputs that are named.
    from face_parsing.compute.parallel import parallel_map

    manifest = Manifest(output / MANIFEST, output)
    remaining = [source for source in inputs if not manifest.has(source.name, version_of(source.path))]
    failed, given_paths = 0, {source.path for source in inputs}
    for row, errors, others in parallel_map(partial(parse_one, load), remaining, "inputs", in_process=True):
        tell(errors)
        tell_of_others(row.input, [path for path in others if path not in given_paths])
        manifest.add(row)
        failed += row.outcome != DONE
    earlier = len(inputs) - len(remaining)
    print(f"{len(inputs) - failed} of {len(inputs)} inputs parsed, {earlier} of them earlier: {output / MANIFEST}")
    if failed:
        raise PipelineError(f"{failed} inputs could not be parsed; see the errors above and {output / MANIFEST}")


def parse_one(load: Callable[[], Predictor], source: Input) -> tuple[Row, list[PipelineError], Sequence[Path]]:
    """Parse one of many inputs.

    Returns:
        The input's row of the manifest, its errors, and the files of its folder that are no images.
    """
    predictor = load()
    folder = predictor.output / source.name
    started, row = time.monotonic(), Row(source.name, str(source.path), DONE, 0, 0, 0, 0.0, version_of(source.path))
    errors: list[PipelineError] = []
    others: Sequence[Path] = ()
    try:
        with error_context(source.path):
            media, unreadable = predictor.opened(source)
            errors, others = list(unreadable), others_of(media)
            # An earlier run may have ended after writing a result and before adding its row.
            faces = _faces_of_whole_result(folder, source.path)
            if faces is None:
                rows, unwritten = predict(predictor, media, FACES)
                errors += unwritten
                faces = len(rows)
            row = row._replace(frames=len(media), left_out=len(unreadable), faces=faces)
    except PipelineError as error:
        show_origin()
        errors.append(error)
        row = row._replace(outcome=" ".join(str(error).split()))
    return row._replace(seconds=round(time.monotonic() - started, 3)), errors, others


def check_same_run(predictor: Predictor, options: Options) -> None:
    """Check that the output was made by the same models and options, or record them for a new output.

    Raises:
        PipelineError: Other models or options made the output.
    """
    files = [*predictor.face_parser.files, *([options.faces] if options.faces else [])]
    provenance = {
        "files": {path.name: sha256(path) for path in files},
        "options": {
            name: getattr(options, name) for name in ("tracking", "temporal_smoothing", "whole_frame", "probabilities")
        },
        "runtime": predictor.face_parser.runtime,
    }
    path = predictor.output / "predict.json"
    if not path.exists():
        with atomic_file(path) as partial:
            partial.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    elif read_json(path, "the models and options of an earlier predict") != provenance:
        raise PipelineError(f"{path}: made by other models or with other options; expected another --output")


def _faces_of_whole_result(folder: Path, path: Path) -> int | None:
    """Number of faces of a result that is newer than its input; None if there is no such result.

    A result's folder appears only when it is complete.
    """
    table = folder / FACES
    if not table.is_file() or table.stat().st_mtime_ns < _written(path):
        return None
    return len(read_faces(table))


def _written(path: Path) -> int:
    """Latest modification time of an input, in nanoseconds."""
    return max(file.stat().st_mtime_ns for file in ([path, *path.iterdir()] if path.is_dir() else [path]))


def tell(errors: Iterable[PipelineError]) -> None:
    """Print the errors of skipped files to stderr."""
    for error in errors:
        tqdm.write(f"skipped: {error}", file=sys.stderr)


def others_of(media: Images | Video) -> Sequence[Path]:
    """The files of a folder of images that are no images."""
    return media.others if isinstance(media, Images) else ()


def tell_of_others(folder: object, others: Sequence[Path]) -> None:
    """Print how many files of a folder are no images, and some names, to stderr in one line. They are no errors."""
    if others:
        names = ", ".join([*(path.name for path in others[:NAMED]), *(["..."] if len(others) > NAMED else [])])
        tell([PipelineError(f"{folder}: files that are no images: {len(others)} ({names})")])


def check_place(path: Path, folder: Path) -> None:
    """Check that an input's results replace nothing but an earlier run's results.

    Args:
        path: The input.
        folder: The folder for its results.

    Raises:
        PipelineError: The input's name is not a valid folder name, or ``folder`` holds something else, even the input.
    """
    check_name(path, folder.name)
    if not os.path.lexists(folder):
        return
    names = {file.name for file in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else {""}
    names -= {FACES, PROBABILITIES}
    label_maps = {name for name in names if name.endswith(".png")}
    overlays = {f"{name.removesuffix('.png')}_overlay.jpg" for name in label_maps}
    is_video_result = NO_OVERLAY in names or _overlay_video(folder).is_file()
    is_result = names - label_maps == overlays or (is_video_result and names - {NO_OVERLAY} == label_maps)
    if not is_result or folder.samefile(path):
        raise PipelineError(f"{path}: {folder} exists and is not a result of predict; expected another --output")


def _find_by(face_parser: FaceParser, tracking: bool) -> FindFaces:
    """Finds faces with the parser's detector, with or without tracking a face through an input."""
    find = face_parser.find if tracking else face_parser.find_each
    return lambda _, images: find(images)


def predict(
    predictor: Predictor, media: Images | Video, table: str | None = None
) -> tuple[list[FaceRow], list[PipelineError]]:
    """Parse one input and write its results.

    The first pass finds the faces of all frames, since a track needs all of them. The second parses batch by batch.
    Frames are read and decoded while the networks run.

    Args:
        predictor: The models and options.
        media: The input.
        table: Name of a face table to write beside the label maps; None for no table.

    Returns:
        The input's rows of the face table, and the error of a video's overlay that can't be written.
    """
    face_parser, output = predictor.face_parser, predictor.output
    faces = list(predictor.find(media, _progress(media, "finding")))
    rows = [
        row
        for name, frame_faces in zip(media.frame_names, faces, strict=True)
        for row in rows_of(media.name, name, frame_faces)
    ]
    palette, labels = face_parser.labels.palette, face_parser.labels
    errors: list[PipelineError] = []
    with atomic_directory(output / media.name) as folder:
        if table:
            write_faces(folder / table, rows)
        parse = face_parser.predictions if predictor.probabilities else _without_scores(face_parser)
        parsed = parse(_progress(media, "parsing"), faces, predictor.tracking)
        with _overlays(media, output, folder, errors) as write_overlay:
            for name, frame_faces, (image, prediction) in zip(media.frame_names, faces, parsed, strict=True):
                write_label_map(folder / f"{name}.png", prediction.label_map, labels)
                if predictor.probabilities:
                    write_probabilities(folder / PROBABILITIES, name, prediction, labels)
                write_overlay(name, overlay(image, prediction.label_map, palette, frame_faces))
        for error in errors:
            (folder / NO_OVERLAY).write_text(f"{error}\n", encoding="utf-8", errors="backslashreplace")
    return rows, errors


def _without_scores(face_parser: FaceParser) -> Callable[..., Iterator[tuple[np.ndarray, Prediction]]]:
    """The parser's :meth:`FaceParser.parse` with the results of its ``predictions``, whose scores take time."""
    return lambda *arguments: ((image, Prediction(label_map, [])) for image, label_map in face_parser.parse(*arguments))


def write_probabilities(folder: Path, name: str, prediction: Prediction, labels: LabelTable) -> None:
    """Write ``<folder>/<class>/<name>.png``, grey of 8 bits, for each class that a frame's probabilities hold.

    Args:
        folder: The folder of the classes' folders.
        name: The frame's name.
        prediction: The frame's prediction, with the faces' class probabilities from 0 to 1.
        labels: The label table.
    """
    for label in labels.labels:
        values = np.rint(255 * probability_map(prediction.label_map.shape, prediction.scores, label.id)).astype(
            np.uint8
        )
        if values.any():
            (folder / label.name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(folder / label.name / f"{name}.png")


def _progress(media: Images | Video, what: str) -> Iterable[np.ndarray]:
    title = f"{media.name}: {what}"
    # Single images need no bar, since a run may have thousands. None hides bars outside a terminal (cluster workers).
    hidden = True if len(media) == 1 else None
    return tqdm(media.frames(), desc=title, total=len(media), unit="frame", mininterval=1.0, disable=hidden)


@contextmanager
def _overlays(
    media: Images | Video, output: Path, folder: Path, errors: list[PipelineError]
) -> Iterator[Callable[[str, np.ndarray], None]]:
    """Yield a function that writes a frame's overlay, given its name: to files beside the label maps, or to a video.

    The first error of a video is added to ``errors`` and ends the video, but not the block, which writes label maps.
    """
    if isinstance(media, Images):
        yield lambda name, picture: write_jpeg(folder / f"{name}_overlay.jpg", picture)
        return
    path = _overlay_video(output / media.name)
    append: Callable[[np.ndarray], None]
    with ExitStack() as stack:

        def attempt(step: Callable[[], None]) -> None:
            if errors:
                return
            try:
                step()
            except PipelineError as error:
                errors.append(error)
                with suppress(PipelineError):
                    stack.__exit__(type(error), error, error.__traceback__)
                path.unlink(missing_ok=True)  # an earlier run's

        def start() -> None:
            nonlocal append
            append = stack.enter_context(video_file(path, "mpeg4", media.rate, media.size))

        attempt(start)
        yield lambda _, picture: attempt(lambda: append(picture))
        attempt(stack.close)


def _overlay_video(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}_overlay.mp4")
