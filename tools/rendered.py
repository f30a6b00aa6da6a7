"""Scores a project's models on rendered faces that they were not trained on: python -m tools.rendered.

The test clips have the project's profile and another seed. The first frame of each is parsed by itself, as
`face-parsing predict --no-tracking` does. It is compared with its label map, by class and by visible traits. Pixels are
summed over a group. A picture with two occluders counts for both.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, tee
from pathlib import Path

import numpy as np

from face_parsing.core.errors import PipelineError, run
from face_parsing.faces.boxes import excluded_ids, face_boxes
from face_parsing.geometry.boxes import ious
from face_parsing.ground_truth.attributes import brightness, occluders_of, tone
from face_parsing.metrics.region import confusion_matrix
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.video import render
from tools.photographs import agreement, compared, matched

SEED = 1000
FOUND = 0.5  # minimum IoU of a found face's box and the true one


@dataclass(frozen=True)
class Record:
    """A picture's traits and figures.

    Attributes:
        tone: Individual typology angle of the skin in degrees; 41 and more is light, under -30 is dark.
        yaw: Absolute yaw of the head in degrees.
        height: Visible height of the face from the hair to the neck in pixels.
        occluders: Names of what covers the face, including the frame's edge.
        brightness: Mean gray value of the picture's skin, 0 to 255; NaN without skin.
        found: Whether the face was found.
        confusion: Pixels by the truth's and the prediction's class, (classes, classes) int.
    """

    tone: float
    yaw: float
    height: float
    occluders: frozenset[str]
    brightness: float
    found: bool
    confusion: np.ndarray


Belongs = Callable[[Record], bool]


def _bands(trait: str, *limits: float) -> dict[str, Belongs]:
    """Groups of a trait between limits; each limit belongs to the group above it."""

    def between(low: float, high: float) -> Belongs:
        return lambda record: low <= getattr(record, trait) < high

    names = [f"under {limits[0]}", *(f"{low} to {high}" for low, high in pairwise(limits)), f"{limits[-1]} and more"]
    edges = pairwise((-math.inf, *limits, math.inf))
    return {name: between(low, high) for name, (low, high) in zip(names, edges, strict=True)}


def _covered(cover: str) -> Belongs:
    return lambda record: cover in record.occluders


GROUPS: dict[str, dict[str, Belongs]] = {
    "skin tone, ITA in degrees (dark to light)": _bands("tone", -30, 10, 41),
    "turn of the head, degrees": _bands("yaw", 20, 45, 70),
    "height of the face, pixels": _bands("height", 48, 96, 192),
    "covered by": {"nothing": lambda record: not record.occluders}
    | {
        cover: _covered(cover)
        for cover in ("eyewear", "headwear", "hand", "headphones", "mask", "goggles", "something held", "passer-by")
    }
    | {"the frame's edge": _covered("the frame's edge")},
    "light, mean grey value of the skin (dark or backlit to bright)": _bands("brightness", 50, 100, 180),
}


def measured(parser: FaceParser, parameters: Synthetic, clips: RenderedClips, number: int) -> Iterator[Record]:
    """Yield the records of the first frames of rendered clips, except those without a visible face.

    Args:
        parser: The models; the truth has the same label table.
        parameters: Rendering parameters.
        clips: Size and domain randomization of the clips.
        number: Number of clips.
    """
    labels, boxes = parser.labels, read_parameters(parser.project).boxes
    # First frames cover all yaws, since a fast turn starts at one side. A clip of one frame would have no turn.
    scripts, rendered = tee(draw_script(parameters, clips, "test", index) for index in range(number))
    pairs = (next(render(script, labels)) for script in rendered)
    for script, picture in zip(scripts, compared(parser, pairs, matched(labels, labels)), strict=True):
        true = face_boxes(picture.truth, labels, excluded_ids(boxes.exclude, labels), boxes.min_area)[:1]
        if not len(true):
            continue
        found = np.array([face.box for face in picture.detected]).reshape(-1, 4)
        yield Record(
            tone=tone(script.identity.skin),
            yaw=abs(math.degrees(script.motion.yaw[0])),
            height=float(true[0, 3] - true[0, 1]),
            occluders=occluders_of(script),
            brightness=brightness(picture.image, picture.truth, labels),
            found=bool((ious(found, true) >= FOUND).any()),
            confusion=confusion_matrix(picture.truth, picture.prediction)[: len(labels), : len(labels)],
        )


def report(records: Sequence[Record], counted: dict[int, str]) -> str:
    """Two Markdown tables: F1 by class, and the pictures, mean F1 and share of found faces by group.

    Args:
        records: At least one record.
        counted: The foreground classes by id. A group's mean is over the classes that its truth holds.
    """
    by_class = agreement(_summed(records), counted).f1
    lines = ["| class | F1 |", "|---|---|", *(f"| {name} | {value:.3f} |" for name, value in by_class.items())]
    lines += ["", "| | | pictures | mean F1 | faces found |", "|---|---|---|---|---|"]
    lines.append(_row("all", "", records, counted))
    for trait, groups in GROUPS.items():
        members = {group: [record for record in records if belongs(record)] for group, belongs in groups.items()}
        lines += [
            _row(trait, group, group_records, counted) for group, group_records in members.items() if group_records
        ]
    return "\n".join(lines)


def _row(trait: str, group: str, records: Sequence[Record], counted: dict[int, str]) -> str:
    mean_f1 = agreement(_summed(records), counted).mean_f1
    found = np.mean([record.found for record in records])
    return f"| {trait} | {group} | {len(records)} | {mean_f1:.3f} | {found:.3f} |"


def _summed(records: Sequence[Record]) -> np.ndarray:
    return np.sum([record.confusion for record in records], axis=0)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.rendered", description=__doc__)
    parser.add_argument("--project", type=Path, help="the folder of a trained project; default: the bundled models")
    parser.add_argument("--clips", type=int, default=200, help="number of clips, one picture each; default: 200")
    parser.add_argument("--seed", type=int, default=SEED, help=f"random seed of the rendering; default: {SEED}")
    given = parser.parse_args()
    face_parser = FaceParser(given.project)
    tree = read_parameters(face_parser.project)
    parameters, clips = tree.synthetic, tree.chosen.clips
    if given.seed == parameters.seed:
        raise PipelineError(f"--seed {given.seed}: the models were trained on it; expected another")
    records = list(measured(face_parser, parameters.model_copy(update={"seed": given.seed}), clips, given.clips))
    if not records:
        raise PipelineError(f"--clips {given.clips}: no picture of a face; expected more clips")
    size, labels = f"{clips.width} x {clips.height} pixels", face_parser.labels
    print(f"{len(records)} pictures of {size}, profile {tree.profile}, seed {given.seed}\n")
    print(report(records, matched(labels, labels).counted))


if __name__ == "__main__":
    run(main)
