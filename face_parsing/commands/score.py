"""Score any folder of label maps against another, as the stage score does."""

import argparse
from pathlib import Path

from face_parsing.clips.label_maps import list_clips
from face_parsing.clips.layout import SPLITS, read_split
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.core.outputs import atomic_file, write_json
from face_parsing.core.parameters import read
from face_parsing.metrics.folders import numbers_of, score_folders, summary_of
from face_parsing.metrics.parameters import Score
from face_parsing.metrics.tables import object_table, size_table


def main(arguments: argparse.Namespace) -> None:
    """Score with the section ``score`` of params.yaml."""
    score = read("score", Score)
    score_prediction(arguments.truth, arguments.prediction, arguments.output, arguments.labels, score)


def score_prediction(truth: Path, prediction: Path, output: Path, labels_file: Path | None, parameters: Score) -> None:
    """Write the seven metrics, and beside them tables by (clip, class) and by size of the face.

    Args:
        truth: Folder of the ground truth, <clip>/<frame>.png.
        prediction: Folder of the prediction, the same files.
        output: JSON file of the metrics.
        labels_file: Label table; None for any ids up to 254.
        parameters: Parameters of the evaluation.

    Raises:
        PipelineError: See :func:`face_parsing.metrics.folders.score_folders`.
    """
    labels = read_labels(labels_file) if labels_file else None
    clips = _clips_to_score(truth, prediction)
    scores = score_folders(truth, {"prediction": prediction}, clips, labels, parameters)["prediction"]
    numbers = numbers_of(prediction, scores)
    names = {label.id: label.name for label in labels.labels} if labels else {i: str(i) for i in range(IGNORE_INDEX)}
    tables = {"objects": object_table(scores, names), "sizes": size_table(scores)}
    for name, table in tables.items():
        with atomic_file(output.with_name(f"{output.stem}_{name}.csv")) as path:
            table.to_csv(path, index=False)
    write_json(output, numbers)
    print(f"{summary_of(scores)}: {output}, beside it {', '.join(f'{output.stem}_{name}.csv' for name in tables)}")


def _clips_to_score(truth: Path, prediction: Path) -> list[str]:
    """The clips of either folder. If ImageSets exists, only clips of the splits that the prediction has clips of."""
    clips, predicted = list_clips(truth), set(list_clips(prediction))
    if (truth.parent / "ImageSets").is_dir():
        splits = [read_split(truth.parent, split) for split in SPLITS]
        clips = sorted(clip for split in splits if predicted & set(split) for clip in split)
    return sorted(predicted | set(clips))
