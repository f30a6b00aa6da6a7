"""Scores a project's models on the pictures of a folder: python -m tools.photographs --source SOURCE --root DIR.

Every picture is parsed by itself, as `face-parsing predict --no-tracking` does, and compared with its label map. Pixels
are summed over the set. Classes are matched by name, see :func:`matched`.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from face_parsing.clips.face_table import Face
from face_parsing.commands.predict import tell
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, error_context, run
from face_parsing.core.labels import IGNORE_INDEX, LabelTable, read_labels
from face_parsing.core.outputs import atomic_file
from face_parsing.faces.boxes import face_boxes
from face_parsing.faces.parameters import Finder
from face_parsing.faces.tracks import clip_faces
from face_parsing.imaging.label_maps import check_classes, check_size
from face_parsing.imaging.pictures import IMAGE_SUFFIXES, read_image
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.metrics.region import confusion_matrix
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from face_parsing.sources.layouts import celebamask_hq, face_synthetics, helen, lapa
from face_parsing.sources.layouts.frame import SourceFrame
from face_parsing.sources.layouts.parameters import DrawnSplit

SOURCES = {"celebamask_hq": celebamask_hq, "face_synthetics": face_synthetics, "helen": helen, "lapa": lapa}
TABLES = Path(__file__).parents[1] / paths.LABEL_TABLES
ANY_SPLIT = DrawnSplit(val=0.1, test=0.1, seed=0)  # has no effect, since pictures of all splits count
TOGETHER = 32  # pictures in memory at once
BACKGROUND = 0
ON_SKIN = ("left_eyeshadow", "right_eyeshadow", "beard", "glasses")  # tables without these classes label them as skin
TRUTH = "truth"
SIDE = 200  # side of a picture on the sheet in pixels
ACROSS = 3  # pictures a row
SHOWN = 60  # maximum number of pictures


@dataclass(frozen=True)
class Match:
    """The classes that two label tables share.

    Attributes:
        counted: The common classes except the background, by our ids, ascending.
        of_truth: Our id or IGNORE_INDEX by the truth's id, (256,) uint8.
        of_prediction: Our id after matching, by our id, (256,) uint8.
    """

    counted: dict[int, str]
    of_truth: np.ndarray
    of_prediction: np.ndarray


@dataclass(frozen=True)
class Agreement:
    """F1 and IoU of the classes that the truth holds, their means, and the pixel accuracy."""

    f1: dict[str, float]
    iou: dict[str, float]
    mean_f1: float
    mean_iou: float
    accuracy: float


@dataclass(frozen=True)
class Picture:
    """A picture (H, W, 3) uint8 BGR, its faces, and both label maps (H, W) uint8 in the matched ids."""

    image: np.ndarray
    faces: list[Face]
    truth: np.ndarray
    prediction: np.ndarray

    @property
    def detected(self) -> list[Face]:
        """The detected faces, without the whole-frame face of a picture in which none was found."""
        return [face for face in self.faces if face.source == "detected"]


def matched(truth: LabelTable, ours: LabelTable) -> Match:
    """Match two label tables by the names of their classes.

    Clothing is background. Other classes that only the truth has cover a face (a hat, a mask, jewelry) and are ignored,
    as are ids without a class. Classes that only we have are skin if they are in ON_SKIN, otherwise background.
    """
    ids = {label.name: label.id for label in ours.parts if label.name != "clothing"}
    of_truth = np.full(256, IGNORE_INDEX, np.uint8)
    of_truth[BACKGROUND] = BACKGROUND
    for label in truth.parts:
        of_truth[label.id] = BACKGROUND if label.name == "clothing" else ids.get(label.name, IGNORE_INDEX)
    counted = {i: name for name, i in ids.items() if name in truth.names}
    of_prediction = np.zeros(256, np.uint8)
    for name, i in ids.items():
        of_prediction[i] = i if i in counted else ids.get("skin", BACKGROUND) if name in ON_SKIN else BACKGROUND
    return Match(counted, of_truth, of_prediction)


def agreement(confusion: np.ndarray, counted: dict[int, str]) -> Agreement:
    """Compute the figures of a set's confusion matrix.

    Args:
        confusion: Pixels by the truth's and the prediction's class, in the matched ids, (256, 256) int. Pixels whose
            truth is IGNORE_INDEX are ignored.
        counted: The classes by id. Classes that the truth never holds are ignored.

    Raises:
        PipelineError: The truth holds none of the classes.
    """
    confusion = confusion[:IGNORE_INDEX, :IGNORE_INDEX]
    right, of_truth, of_prediction = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    both = of_truth + of_prediction
    present = {i: name for i, name in counted.items() if of_truth[i]}
    if not present:
        raise PipelineError(f"label maps: no class of {', '.join(counted.values())}; expected some of them")
    f1 = {name: float(2 * right[i] / both[i]) for i, name in present.items()}
    iou = {name: float(right[i] / (both[i] - right[i])) for i, name in present.items()}
    mean_f1, mean_iou = (float(np.mean(list(values.values()))) for values in (f1, iou))
    return Agreement(f1, iou, mean_f1, mean_iou, float(right.sum() / confusion.sum()))


def report(figures: Agreement, pictures: int, found: int) -> str:
    """The figures as text, in fractions: a line for each class and two for the set."""
    lines = [f"{name:14s} F1 {figures.f1[name]:.3f} IoU {figures.iou[name]:.3f}" for name in figures.f1]
    means = f"mean F1 {figures.mean_f1:.4f}, mean IoU {figures.mean_iou:.4f}, pixel accuracy {figures.accuracy:.4f}"
    return "\n".join([*lines, means, f"{pictures} pictures; a face was found in {found / pictures:.3f} of them"])


def sheet(pictures: Iterable[Picture], palette: np.ndarray) -> np.ndarray:
    """Pictures beside their truth and prediction, ACROSS pictures a row: (H, W, 3) uint8 BGR.

    Args:
        pictures: At least one picture.
        palette: Colors by class, (256, 3) uint8 RGB; ignored pixels are white.
    """
    strips = [_strip(picture, palette[:, ::-1]) for picture in pictures]
    strips += [np.zeros_like(strips[0])] * (-len(strips) % ACROSS)
    return np.vstack([np.hstack(strips[row : row + ACROSS]) for row in range(0, len(strips), ACROSS)])


def _strip(picture: Picture, colours: np.ndarray) -> np.ndarray:
    size = (SIDE, SIDE)
    maps = [colours[resized_labels(label_map, size)] for label_map in (picture.truth, picture.prediction)]
    return np.hstack([resized_image(picture.image, size), *maps])


def compared(
    parser: FaceParser, pairs: Iterable[tuple[np.ndarray, np.ndarray]], match: Match, true_boxes: bool = False
) -> Iterator[Picture]:
    """Parse pictures independently, and yield them with truth and prediction; TOGETHER are in memory at once.

    Args:
        parser: The models.
        pairs: Images (H, W, 3) uint8 BGR and their label maps (h, w) uint8 in the truth's ids.
        match: The match of the truth's label table and the parser's.
        true_boxes: Whether the faces come from the label maps instead of the parser's finder.
    """
    rest = iter(pairs)
    while batch := list(islice(rest, TOGETHER)):
        images = [image for image, _ in batch]
        if true_boxes:
            maps = [resized_labels(match.of_truth[label_map], image.shape[1::-1]) for image, label_map in batch]
            faces = [true_faces(truth, parser.labels, read_parameters(parser.project).boxes.min_area) for truth in maps]
        else:
            faces = list(parser.find_each(images))
        for (image, label_map), image_faces, (_, ours) in zip(
            batch, faces, parser.parse(images, faces, tracking=False), strict=True
        ):
            height, width = label_map.shape
            prediction = match.of_prediction[resized_labels(ours, (width, height))]
            yield Picture(image, image_faces, match.of_truth[label_map], prediction)


def true_faces(label_map: np.ndarray, labels: LabelTable, min_area: int) -> list[Face]:
    """The faces in a label map (H, W) uint8 of matched ids, the largest first; the whole frame if there is none.

    Faces exclude background and ignored pixels. Pieces of fewer than ``min_area`` pixels are ignored.
    """
    boxes = face_boxes(label_map, labels, excluded=(), min_area=min_area)
    sure = np.column_stack([boxes, np.ones(len(boxes))])
    return clip_faces([sure], [label_map.shape], secondary_face_threshold=1.0)[0]


def _read(frame: SourceFrame, truth: LabelTable) -> tuple[np.ndarray, np.ndarray] | None:
    """A frame's image and label map; None, and an error is printed, if they are invalid."""
    try:
        with error_context(frame.image):
            image, label_map = read_image(frame.image), frame.read_label_map(frame.masks, truth)
            if not frame.fit_image:
                check_size(frame.masks[0], label_map, frame.image, image)
            check_classes(frame.masks[0], label_map, [*truth.ids, IGNORE_INDEX])
    except PipelineError as error:
        tell([error])
        return None
    return image, label_map


def _right(picture: Picture) -> float:
    """Share of a picture's pixels that are correct; 1 if all are ignored."""
    counts = picture.truth != IGNORE_INDEX
    return float(np.mean(picture.truth[counts] == picture.prediction[counts])) if counts.any() else 1.0


def main() -> None:
    """Print the figures of the set; draw the worst pictures on request."""
    parser = argparse.ArgumentParser(prog="python -m tools.photographs", description=__doc__)
    parser.add_argument("--source", choices=SOURCES, required=True, help="layout of the folder")
    parser.add_argument("--root", type=Path, required=True, help="the folder")
    parser.add_argument("--project", type=Path, help="the folder of a trained project; default: the bundled models")
    parser.add_argument("--names", nargs="+", help="names of the pictures; default: all")
    parser.add_argument(
        "--finder",
        choices=(*get_args(Finder), TRUTH),
        help="default: as in params.yaml; truth: take the faces from the label maps",
    )
    parser.add_argument("--pictures", type=Path, help=f"a .png or .jpg: the {SHOWN} worst, their truth and prediction")
    given = parser.parse_args()
    if given.pictures and given.pictures.suffix.lower() not in IMAGE_SUFFIXES:
        raise PipelineError(
            f"--pictures {given.pictures}: not an image file; expected one of {', '.join(IMAGE_SUFFIXES)}"
        )
    frames = _frames(given.source, given.root, given.names)
    true_boxes = given.finder == TRUTH
    face_parser = FaceParser(given.project, finder="whole_frame" if true_boxes else given.finder)
    truth = read_labels(TABLES / f"{given.source}.yaml")
    match = matched(truth, face_parser.labels)
    confusion = np.zeros((256, 256), np.int64)
    number = found = 0
    worst: list[Picture] = []
    pairs = (pair for frame in frames if (pair := _read(frame, truth)))
    for picture in compared(face_parser, pairs, match, true_boxes):
        confusion += confusion_matrix(picture.truth, picture.prediction)
        number, found = number + 1, found + bool(picture.detected)
        if given.pictures:
            worst = sorted([*worst, picture], key=_right)[:SHOWN]
    if not number:
        raise PipelineError(f"{given.root}: no picture is readable; expected some readable pictures")
    print(report(agreement(confusion, match.counted), number, found))
    if given.pictures:
        with atomic_file(given.pictures) as path:
            cv2.imwrite(str(path), sheet(worst, face_parser.labels.palette))


def _frames(source: str, root: Path, names: Sequence[str] | None) -> list[SourceFrame]:
    """The frames of a folder, restricted to ``names`` if given; prints the folder's errors."""
    listing = SOURCES[source].find(root, ANY_SPLIT)
    for error in listing.faults:
        tell([error])
    frames = [frame for frame in listing.frames if names is None or frame.clip in names]
    if not frames:
        raise PipelineError(f"{root}: no such pictures; expected a folder as the source {source} lays it out")
    return frames


if __name__ == "__main__":
    run(main)
