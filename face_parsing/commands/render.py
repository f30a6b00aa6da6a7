"""Render a data set of faces with label maps, and on request landmarks, depth, normals and optical flow."""

import argparse
import re
from pathlib import Path

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.ground_truth.rendered_set import RenderSettings, write_set
from face_parsing.runtime.bundled import bundled_project
from face_parsing.runtime.opening import open_models

SIDES = (64, 4096)
MOST_VIEWS = 1000


def main(arguments: argparse.Namespace) -> None:
    """Render the pictures, and print where they are.

    Raises:
        PipelineError: An argument is invalid, or the folder holds something else.
    """
    if arguments.count < 1:
        raise PipelineError(f"--count {arguments.count}: expected at least 1 person")
    if not 1 <= arguments.views <= MOST_VIEWS:
        raise PipelineError(f"--views {arguments.views}: expected 1 to {MOST_VIEWS}")
    if arguments.flow and arguments.views < 2:
        raise PipelineError("--flow: from one view to the next; expected --views 2 or more")
    if not 0 <= arguments.domain_randomization <= 1:
        raise PipelineError(f"--domain-randomization {arguments.domain_randomization}: expected a share, 0 to 1")
    if arguments.seed < 0:
        raise PipelineError(f"--seed {arguments.seed}: expected 0 or more")
    width, height = size(arguments.size)
    # An installed package has the bundled label table in its export alone.
    given: Path | None = arguments.labels
    labels = read_labels(given) if given else open_models(bundled_project(), "cpu", "onnx").recipe.label_table
    settings = RenderSettings(
        width=width,
        height=height,
        seed=arguments.seed,
        views=arguments.views,
        domain_randomization=arguments.domain_randomization,
        layout=arguments.layout,
        landmarks=arguments.landmarks,
        depth=arguments.depth,
        normals=arguments.normals,
        flow=arguments.flow,
    )
    rows = write_set(arguments.output, arguments.count, settings, labels)
    print(f"{len(rows)} pictures of {arguments.count} people: {arguments.output}")


def size(text: str) -> tuple[int, int]:
    """Width and height of ``1024`` or ``512x288``.

    Raises:
        PipelineError: It is none, or a side is too small or too large.
    """
    found = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text)
    if not found or not all(SIDES[0] <= int(side) <= SIDES[1] for side in found.groups() if side):
        raise PipelineError(f"--size {text}: expected a side, or WIDTHxHEIGHT, of {SIDES[0]} to {SIDES[1]} pixels")
    width, height = found.groups()
    return int(width), int(height or width)
