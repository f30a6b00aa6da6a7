"""Files for dvc plots and the report: CSV tables of the scores, images of frames, and strips of clips."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from face_parsing.clips.label_maps import list_frames, read_alike
from face_parsing.clips.layout import frames_of
from face_parsing.core.labels import LabelTable
from face_parsing.core.model_names import ENSEMBLE, MODEL_NAMES, RESULT
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image, write_jpeg
from face_parsing.metrics.scoring import ClipScore
from face_parsing.metrics.tables import (
    class_table,
    frame_table,
    object_table,
    size_table,
    swap_table,
    time_table,
    worst_table,
)
from face_parsing.metrics.video import VideoScore
from face_parsing.metrics.video_tables import flicker_time_table
from face_parsing.plots.pictures import draw_cut, draw_picture
from face_parsing.plots.strips import busiest, draw_strips

PICTURES = 8
STRIPS = 12  # number of clips that the report plays
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
        scores: the clips' scores by model, including the result.
        clips: a folder in the clip layout.
        predictions: by model, the folder of its label maps.
        labels: the classes and their colours.
        worst: the number of worst frames of the result to write.
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
    """Write images of frames spread over clips: the frame, its ground truth and its predictions.

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


def write_strips(
    folder: Path, scores: Sequence[VideoScore], clips: Path, predictions: Mapping[str, Path], labels: LabelTable
) -> None:
    """Write excerpts of the clips that flicker most: strips.csv, <clip>/frames.jpg and <clip>/<layer>.png.

    Clips of one frame have no flicker and get no strip. If all clips have one frame, strips.csv has no rows.

    Args:
        folder: the folder to write to. It is created if it is missing.
        scores: the result's scores of the clips.
        clips: a folder in the clip layout.
        predictions: by model, the folder of its label maps.
        labels: the classes and their colours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_clip = {
        clip: rows["flicker"].fillna(rows["estimated"]) for clip, rows in flicker_time_table(scores).groupby("clip")
    }
    # A mean is NaN if no point is tracked between any two frames. NaN would leave the order undefined.
    worst = sorted(by_clip, key=lambda clip: -np.nan_to_num(by_clip[clip].mean()))[:STRIPS]
    rows = []
    for clip in worst:
        shown = busiest(by_clip[clip].to_numpy())
        frames = frames_of(clips, clip)[shown]
        layers = {"truth": clips / "Annotations", **predictions}
        paths = {name: [layer / clip / f"{frame.name}.png" for frame in frames] for name, layer in layers.items()}
        strip, label_strips = draw_strips(
            [read_image(frame.image) for frame in frames],
            {name: [read_label_map(path) for path in layer_paths] for name, layer_paths in paths.items()},
        )
        write_jpeg(folder / clip / "frames.jpg", strip, quality=80)
        for name, label_strip in label_strips.items():
            write_label_map(folder / clip / f"{name}.png", label_strip, labels)
        rows.append({"clip": clip, "first": shown.start, "frames": len(frames), "flicker": by_clip[clip].mean()})
    columns = ["clip", "first", "frames", "flicker"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "strips.csv", index=False, float_format="%.6f")


def _write_tables(scores: Mapping[str, Sequence[ClipScore]], labels: LabelTable, folder: Path) -> None:
    names = {label.id: label.name for label in labels.labels}
    pairs = [f"{names[a]} / {names[b]}" for a, b in labels.mirror_pairs]

    def model_tables(table, *arguments) -> pd.DataFrame:
        tables = {model: table(clip_scores, *arguments) for model, clip_scores in scores.items()}
        return pd.concat(tables, names=["model"]).reset_index(level="model")

    tables = {
        "objects": model_tables(object_table, names),
        "classes": model_tables(class_table, names),
        "sizes": model_tables(size_table),
        "confusions": model_tables(swap_table, pairs),
        "frames": frame_table(scores[RESULT]),
        "time": time_table(scores[RESULT]),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f")


def _spread(clips: Iterable[str], truth: Path) -> list[tuple[str, str]]:
    """Choose frames evenly spaced over the clips, regardless of their scores: the middle of each interval."""
    frames = [(clip, frame) for clip in clips for frame in list_frames([truth], clip)]
    count = min(PICTURES, len(frames))
    return [frames[(2 * i + 1) * len(frames) // (2 * count)] for i in range(count)]


def _read_layers(
    clips: Path, clip: str, frame: str, folders: Mapping[str, Path]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read a frame's image, and its label maps by the names of their folders."""
    image = next(f.image for f in frames_of(clips, clip) if f.name == frame)
    label_maps = read_alike([folder / clip / f"{frame}.png" for folder in folders.values()])
    return read_image(image), dict(zip(folders, label_maps, strict=True))
