"""The report's contents: the metrics, and the tables and images from the stages score and score_video."""

from collections.abc import Mapping
from math import isnan
from pathlib import Path

import pandas as pd

from face_parsing.clips.layout import check_name
from face_parsing.clips.tables import read_table
from face_parsing.core.errors import PipelineError
from face_parsing.core.model_names import RESULT
from face_parsing.core.texts import read_numbers
from face_parsing.report.page import Strip, WorstFrame, jpeg_uri, layer_uri

Metrics = dict[str, dict[str, float | None]]

TABLES: dict[str, dict[str, type]] = {
    "classes": {"model": str, "class": str, "J": float, "F": float},
    "sizes": {"model": str, "height": str, "J": float},
    "confusions": {"model": str, "pair": str, "share": float},
    "time": {"clip": str, "time": float, "J": float},
}
WORST: dict[str, type] = {"clip": str, "frame": str, "height": float, "J": float, "F": float}
VIDEO_TABLES: dict[str, dict[str, type]] = {
    "classes": {"model": str, "class": str, "flicker": float},
    "motion": {"model": str, "motion": str, "where": str, "flicker": float},
    "time": {"clip": str, "time": float, "flicker": float, "estimated": float},
}
STRIPS: dict[str, type] = {"clip": str, "first": float, "frames": float, "flicker": float}
TABLE = "a table that the stage score writes"
VIDEO_TABLE = "a table that the stage score_video writes"


def read_metrics(files: Mapping[str, Path]) -> Metrics:
    """Read the metrics of each model.

    Raises:
        PipelineError: a file is missing, contains no metrics, or has other names than the result's.
    """
    metrics = {model: read_numbers(path) for model, path in files.items()}
    for model, numbers in metrics.items():
        if numbers.keys() != metrics[RESULT].keys():
            raise PipelineError(
                f"{files[model]}: {', '.join(numbers)}; expected the same metrics as in {files[RESULT]}"
            )
    return metrics


def read_tables(plots: Path, video: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of scores by their names, and those of flicker as flicker_<name>.

    Raises:
        PipelineError: a table is missing or has other columns.
    """
    scores = {name: read_table(plots / f"{name}.csv", columns, TABLE) for name, columns in TABLES.items()}
    flicker = {
        f"flicker_{name}": read_table(video / f"{name}.csv", columns, VIDEO_TABLE)
        for name, columns in VIDEO_TABLES.items()
    }
    return scores | flicker


def read_worst_frames(plots: Path, models: list[str]) -> list[WorstFrame]:
    """Read the worst frames with their images, and the label maps of the ground truth and of ``models``.

    Raises:
        PipelineError: the table or an image is missing or broken.
    """
    table = read_table(plots / "worst.csv", WORST, TABLE)
    frames = []
    for clip, frame, height, j, f in table[list(WORST)].itertuples(index=False):
        for name in (clip, frame):
            check_name(plots / "worst.csv", name)
        folder = plots / "worst" / clip / frame
        layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *models)}
        cut, whole = jpeg_uri(folder / "cut.jpg"), jpeg_uri(folder / "whole.jpg")
        frames.append(WorstFrame(clip, frame, height, j, f, cut, whole, layers))
    return frames


def read_strips(video: Path, models: list[str]) -> list[Strip]:
    """Read the strips of clips that the report plays, and their label maps.

    Raises:
        PipelineError: the table or an image is missing or broken.
    """
    path = video / "strips/strips.csv"
    strips = []
    for clip, first, frames, flicker in read_table(path, STRIPS, VIDEO_TABLE)[list(STRIPS)].itertuples(index=False):
        check_name(path, clip)
        folder = video / "strips" / clip
        layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *models)}
        known = None if isnan(flicker) else flicker
        strips.append(Strip(clip, int(first), int(frames), known, jpeg_uri(folder / "frames.jpg"), layers))
    return strips
