"""What the scores leave for dvc plots and the report: tables as CSV files, and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from face_parsing.evaluation.pictures import draw_cut, draw_picture
from face_parsing.evaluation.scoring import ClipScore
from face_parsing.evaluation.tables import (
    class_table,
    frame_table,
    object_table,
    size_table,
    swap_table,
    time_table,
    worst_table,
)
from face_parsing.pipeline.clips import frames_of
from face_parsing.pipeline.label_maps import list_frames, read_alike
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.models import ENSEMBLE, MODEL_NAMES, RESULT
from face_parsing.pipeline.pictures import read_image, write_jpeg, write_label_map

PICTURES = 8
PICTURED = (MODEL_NAMES[0], ENSEMBLE, RESULT)


def write_plots(
    folder: Path,
    scores: Mapping[str, Sequence[ClipScore]],
    clips: Path,
    predictions: Mapping[str, Path],
    labels: LabelTable,
    worst: int,
) -> None:
    """Write the tables of all scores, and the layers of the worst frames.

    Args:
        folder: an existing folder to write to.
        scores: by model, the result among them, of each clip.
        clips: a folder in the clip layout.
        predictions: by model, the folder of its label maps.
        labels: the classes and their colours.
        worst: how many of the result's worst frames are kept.
    """
    _write_tables(scores, labels, folder)
    layers = {"truth": clips / "Annotations", **predictions}
    frames = worst_table(scores[RESULT], worst)
    frames.to_csv(folder / "worst.csv", index=False, float_format="%.6f")
    for clip, frame in frames[["clip", "frame"]].itertuples(index=False):
        cut, whole, cuts = draw_cut(*_read_layers(clips, clip, frame, layers))
        write_jpeg(folder / "worst" / clip / frame / "cut.jpg", cut)
        write_jpeg(folder / "worst" / clip / frame / "whole.jpg", whole, quality=85)
        for name, layer in cuts.items():
            write_label_map(folder / "worst" / clip / frame / f"{name}.png", layer, labels)


def write_pictures(
    folder: Path, scored: Sequence[str], clips: Path, predictions: Mapping[str, Path], labels: LabelTable
) -> None:
    """Write pictures of frames spread over clips: the image, its truth and predictions.

    Args:
        folder: an existing folder to write to.
        scored: the clips' names.
        clips: a folder in the clip layout.
        predictions: by model, the folder of its label maps.
        labels: the classes and their colours.
    """
    layers = {"truth": clips / "Annotations"} | {model: predictions[model] for model in PICTURED}
    for clip, frame in _spread(scored, clips / "Annotations"):
        image, panels = _read_layers(clips, clip, frame, layers)
        write_jpeg(folder / f"{clip}_{frame}.jpg", draw_picture(image, panels, labels.palette))


def _write_tables(scores: Mapping[str, Sequence[ClipScore]], labels: LabelTable, folder: Path) -> None:
    names = {label.id: label.name for label in labels.labels}
    pairs = [f"{names[one]} / {names[other]}" for one, other in labels.mirror_pairs]

    def of_every_model(table, *arguments) -> pd.DataFrame:
        tables = {model: table(own, *arguments) for model, own in scores.items()}
        return pd.concat(tables, names=["model"]).reset_index(level="model")

    tables = {
        "objects": of_every_model(object_table, names),
        "classes": of_every_model(class_table, names),
        "sizes": of_every_model(size_table),
        "confusions": of_every_model(swap_table, pairs),
        "frames": frame_table(scores[RESULT]),
        "time": time_table(scores[RESULT]),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f")


def _spread(clips: Iterable[str], truth: Path) -> list[tuple[str, str]]:
    """Frames evenly spaced over the clips, whatever their scores: each stands in the middle of its stretch."""
    frames = [(clip, frame) for clip in clips for frame in list_frames([truth], clip)]
    count = min(PICTURES, len(frames))
    return [frames[(2 * i + 1) * len(frames) // (2 * count)] for i in range(count)]


def _read_layers(
    clips: Path, clip: str, frame: str, folders: Mapping[str, Path]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A frame's image, and its label maps by the names of their folders."""
    image = next(f.image for f in frames_of(clips, clip) if f.name == frame)
    label_maps = read_alike([folder / clip / f"{frame}.png" for folder in folders.values()])
    return read_image(image), dict(zip(folders, label_maps, strict=True))
