"""Estimate the flicker of predict's label maps of videos and folders of frames, without ground truth."""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from face_parsing.core.errors import PipelineError, error_context
from face_parsing.core.outputs import atomic_file
from face_parsing.imaging.label_maps import check_size, read_label_map
from face_parsing.media.reading import Images, Video, open_media
from face_parsing.metrics.flicker import estimate


def main(arguments: argparse.Namespace) -> None:
    """Write a row for every frame except each input's first: the share of the face that changed its class."""
    tables = []
    for path in arguments.inputs:
        with error_context(path):
            media, errors = open_media(path)
            if errors:
                raise PipelineError(*map(str, errors))
            table = changes_of(media, arguments.prediction / media.name)
        points, changed = table["points"].sum(), table["changed"].sum()
        estimated = f"{changed / points:.4f}" if points else "none: no two consecutive frames show a face"
        print(f"{media.name}: estimated flicker {estimated}")
        tables.append(table)
    with atomic_file(arguments.output) as file:
        pd.concat(tables).to_csv(file, index=False, float_format="%.6f")


def changes_of(media: Images | Video, folder: Path) -> pd.DataFrame:
    """A table with a row for each frame except the first: points of the face, changed points, and their share.

    Args:
        media: The parsed input.
        folder: Its label maps, <frame>.png.

    Raises:
        PipelineError: A label map is missing, unreadable, or of another size than its frame.
    """
    rows = []
    for (_, *before), (name, *after) in pairwise(_frames(media, folder)):
        (image, label_map), (following, next_map) = before, after
        counts = estimate((image, following), {"": label_map}, {"": next_map})[""]
        rows.append((media.name, name, *counts.tolist()))
    table = pd.DataFrame(rows, columns=["clip", "frame", "points", "changed"])
    table["estimated_flicker"] = table["changed"] / table["points"].replace(0, np.nan)
    return table


def _frames(media: Images | Video, folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each frame's name, image and label map."""
    images = tqdm(media.frames(), desc=media.name, total=len(media), unit="frame", mininterval=1.0)
    for name, image in zip(media.frame_names, images, strict=True):
        path = folder / f"{name}.png"
        label_map = read_label_map(path)
        check_size(path, label_map, Path(f"its frame, {media.name} {name}"), image)
        yield name, image, label_map
