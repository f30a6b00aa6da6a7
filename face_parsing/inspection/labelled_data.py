"""Images with label maps of a user's data set, read as `prepare` reads them, before anything is prepared or trained."""

import argparse
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, tee
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.clips.layout import frames_of
from face_parsing.compute.threads import in_threads
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.faces.boxes import excluded_ids, face_boxes
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from face_parsing.sources.intake import Imported, bring_in_clip, find_clips, notices
from face_parsing.sources.label_tables import label_table
from face_parsing.sources.layouts.frame import SourceFrame
from face_parsing.sources.layouts.parameters import DrawnSplit
from face_parsing.sources.mirror import Mirror, is_remote, mirror
from face_parsing.sources.parameters import local_path

# The configs beside the package, for a data set that is no project's.
REPOSITORY = Path(__file__).resolve().parents[2]
# Of a source without its own splits. Nothing here depends on them.
DRAWN = DrawnSplit(val=0.1, test=0.1, seed=0)


@dataclass(frozen=True)
class Sample:
    """An image with its label map.

    Attributes:
        split: train, val or test.
        clip: Name of the clip.
        frame: Name of the frame.
        image: (H, W, 3) uint8 BGR.
        label_map: (H, W) uint8 class ids, of the image's size.
    """

    split: str
    clip: str
    frame: str
    image: np.ndarray
    label_map: np.ndarray


@dataclass(frozen=True)
class LabelledData:
    """A data set.

    Attributes:
        name: Its folder or address.
        root: Its folder, or the folder of its local copy.
        copy: The copy of a data set on object storage.
        table: File of the label table.
        labels: The label table.
        frames: The frames, in the source's order.
        faults: A line for each error of the layout.
        imported: What :meth:`samples` has read so far.
    """

    name: str
    root: Path
    copy: Mirror | None
    table: Path
    labels: LabelTable
    frames: list[SourceFrame]
    faults: list[str]
    imported: Imported = field(default_factory=Imported)

    def drawn(self, count: int) -> "LabelledData":
        """At most ``count`` of the frames, drawn evenly; 0 for all."""
        if not count or count >= len(self.frames):
            return self
        chosen = np.linspace(0, len(self.frames) - 1, count).round().astype(int)
        return replace(self, frames=[self.frames[i] for i in chosen])

    def samples(self) -> Iterator[Sample]:
        """Yield the valid frames one at a time; ``imported`` has the errors of the others."""
        for sample, imported in in_threads(self._read, self.frames):
            self.imported.add(imported)
            if sample:
                yield sample

    @property
    def errors(self) -> list[str]:
        """The errors of the frames that :meth:`samples` has read, one line each."""
        return self._named(self.imported.errors)

    @property
    def notices(self) -> list[str]:
        """A line for each kind of files that were read, but not as most are."""
        return self._named(notices(self.imported))

    def _named(self, lines: Iterable[str]) -> list[str]:
        return [self.copy.named(line) if self.copy else line for line in lines]

    def _read(self, frame: SourceFrame) -> tuple[Sample | None, Imported]:
        """A frame as `prepare` writes it; None if it is invalid."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            fetch = self.copy.fetch if self.copy else None
            imported = bring_in_clip([frame], self.root, self.labels, folder, 1, DRAWN.seed, fetch)
            if imported.errors:
                return None, imported
            (written,) = frames_of(folder, frame.clip)
            image, label_map = read_image(written.image), read_label_map(written.annotation)
        return Sample(frame.split, frame.clip, frame.name, image, label_map), imported


def labelled_data(arguments: argparse.Namespace) -> LabelledData:
    """Find the data set of the command line's ``--source``, ``--root`` and ``--labels``, or the project's data/clips.

    Raises:
        PipelineError: An option is missing, there is no label table or no folder, or no image has a label map.
    """
    if (arguments.source is None) != (arguments.root is None):
        raise PipelineError("expected --source and --root together, or neither for the data/clips of a project")
    if arguments.source is None and arguments.labels is not None:
        raise PipelineError("--labels: expected with --source; data/clips has data/labels.yaml")
    if arguments.source is None:
        return _found("davis", str(paths.CLIPS), paths.LABELS)
    table = label_table(arguments.source, arguments.labels, "--labels", (Path(), REPOSITORY))
    return _found(arguments.source, arguments.root, table)


def _found(source: str, name: str, table: Path) -> LabelledData:
    copy = mirror(name) if is_remote(name) else None
    root = copy.folder if copy else local_path(name)
    if not root.is_dir():
        own = "; run `dvc repro prepare`, or give --source and --root" if root == paths.CLIPS else ""
        raise PipelineError(f"{name}: no such folder; expected one that the source {source} lays out{own}")
    labels = read_labels(table)
    clips, errors = find_clips(source, root, DRAWN)
    frames = list(chain.from_iterable(clips.values()))
    faults = [copy.named(error) for error in errors] if copy else errors
    if not frames:
        reason = f" ({len(faults)} errors, the first: {faults[0]})" if faults else ""
        raise PipelineError(f"{name}: no images with label maps; expected the layout of the source {source}{reason}")
    return LabelledData(name, root, copy, table, labels, frames, faults)


def load_models(project: Path | None) -> FaceParser:
    """The segmenters of a project, or the bundled ones."""
    return FaceParser(project, finder="whole_frame")


def with_predictions(
    samples: Iterator[Sample], labels: LabelTable, face_parser: FaceParser
) -> Iterator[tuple[Sample, np.ndarray]]:
    """Yield each sample with the prediction for the faces of its label map, (H, W) uint8 ids of the models' classes.

    The faces' boxes come from the label maps, as in the stage boxes, since a detector misses faces.
    """
    parameters = read_parameters(face_parser.project).boxes
    excluded = excluded_ids(parameters.exclude, labels)
    waiting: deque[Sample] = deque()

    def noted() -> Iterator[Sample]:
        for sample in samples:
            waiting.append(sample)
            yield sample

    def faces(sample: Sample) -> list[Face]:
        boxes = face_boxes(sample.label_map, labels, excluded, parameters.min_area).tolist()
        return [Face((x1, y1, x2, y2), 1.0, "detected") for x1, y1, x2, y2 in boxes]

    for_images, for_faces = tee(noted())
    parsed = face_parser.parse((s.image for s in for_images), map(faces, for_faces), tracking=False)
    for _, prediction in parsed:
        yield waiting.popleft(), prediction
