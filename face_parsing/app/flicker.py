"""Estimate the flicker of what predict made of videos and folders of frames; it needs no truth."""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from face_parsing.evaluation.flicker import estimate
from face_parsing.pipeline.entry import UserError, working_on
from face_parsing.pipeline.label_maps import check_size
from face_parsing.pipeline.outputs import whole_file
from face_parsing.pipeline.pictures import read_label_map
from face_parsing.sources.footage import Images, Video, open_footage


def main(arguments: argparse.Namespace) -> None:
    """Write a row for every frame but each input's first: how much of the face has changed its class since the last."""
    tables = []
    for path in arguments.inputs:
        with working_on(path):
            footage, faults = open_footage(path)
            if faults:
                raise UserError(*map(str, faults))
            table = changes_of(footage, arguments.prediction / footage.name)
        points, changed = table["points"].sum(), table["changed"].sum()
        told = f"{changed / points:.4f}" if points else "none, for no two frames in a row show a face"
        print(f"{footage.name}: estimated flicker {told}")
        tables.append(table)
    with whole_file(arguments.output) as file:
        pd.concat(tables).to_csv(file, index=False, float_format="%.6f")


def changes_of(footage: Images | Video, folder: Path) -> pd.DataFrame:
    """A row a frame but the first: the points of the face, those that change, and their share.

    Args:
        footage: What was parsed.
        folder: Its label maps, <frame>.png.

    Raises:
        UserError: a label map is missing, unreadable, or not as large as its frame.
    """
    rows = []
    for (_, *before), (name, *after) in pairwise(_frames(footage, folder)):
        (image, label_map), (following, next_map) = before, after
        counts = estimate((image, following), {"": label_map}, {"": next_map})[""]
        rows.append((footage.name, name, *counts.tolist()))
    table = pd.DataFrame(rows, columns=["clip", "frame", "points", "changed"])
    table["estimated_flicker"] = table["changed"] / table["points"].replace(0, np.nan)
    return table


def _frames(footage: Images | Video, folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each frame's name, its image and its label map."""
    images = tqdm(footage.frames(), desc=footage.name, total=len(footage), unit="frame", mininterval=1.0)
    for name, image in zip(footage.frame_names, images, strict=True):
        path = folder / f"{name}.png"
        label_map = read_label_map(path)
        check_size(path, label_map, Path(f"its frame, {footage.name} {name}"), image)
        yield name, image, label_map
