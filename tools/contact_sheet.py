"""Draws a contact sheet of rendered clips: python -m tools.contact_sheet OUTPUT."""

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.parameters import read
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

ROWS, COLUMNS = 8, 3
WIDTH = 200  # width of a frame on the sheet in pixels
EVERY = 6  # step between the frames that are shown
QUALITY = 80


def contact_sheet(parameters: Synthetic, clips: RenderedClips, labels: LabelTable) -> np.ndarray:
    """The first train clips, two a row, a few frames each beside their masks: (H, W, 3) uint8 BGR."""
    shown = [_strip(parameters, clips, labels, index) for index in range(ROWS * 2)]
    return np.vstack([np.hstack(shown[row : row + 2]) for row in range(0, len(shown), 2)])


def _strip(parameters: Synthetic, clips: RenderedClips, labels: LabelTable, index: int) -> np.ndarray:
    size = (WIDTH, round(WIDTH * clips.height / clips.width))
    frames = islice(render_clip(parameters, clips, labels, "train", index), 0, EVERY * COLUMNS, EVERY)
    panels = [panel for image, label_map in frames for panel in (image, labels.palette[label_map][..., ::-1])]
    return np.hstack([cv2.resize(panel, size, interpolation=cv2.INTER_AREA) for panel in panels])


def main() -> None:
    """Write a contact sheet of the clips of params.yaml."""
    parser = argparse.ArgumentParser(prog="python -m tools.contact_sheet", description=__doc__)
    parser.add_argument("output", type=Path, help="a JPEG file")
    output = parser.parse_args().output
    sheet = contact_sheet(
        read("synthetic", Synthetic),
        read("profiles.${profile}.clips", RenderedClips),
        read_labels(paths.DEFAULT_LABELS),
    )
    write_jpeg(output, sheet, QUALITY)
    print(f"{ROWS * 2} clips: {output}")


if __name__ == "__main__":
    run(main)
