"""What a viewer sees of the predictions and of the result: their flicker, and measures that others report."""

from pathlib import Path

from face_parsing.evaluation.video_folders import score_videos, video_numbers
from face_parsing.pipeline.clips import read_split
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import PREDICTIONS, RESULT
from face_parsing.pipeline.outputs import whole_directory, write_json

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
FOLDERS = {model: Path("data/predictions") / model for model in PREDICTIONS} | {RESULT: Path("data/results")}
METRICS = {model: Path("metrics/video") / f"{model}.json" for model in FOLDERS}
VIDEO = Path("video")


def main() -> None:
    """Write metrics/video/<model>.json of the four predictions and of the result, tables, and strips of clips."""
    # Here, since pandas takes longer to import than all else, and the workers that score need none of it.
    from face_parsing.evaluation.plots import write_strips
    from face_parsing.evaluation.video_tables import write_video_tables

    labels = read_labels(LABELS)
    scores = score_videos(CLIPS, FOLDERS, read_split(CLIPS, "test"), labels)
    numbers = {model: video_numbers(of_model) for model, of_model in scores.items()}
    with whole_directory(VIDEO) as folder:
        write_video_tables(folder, scores, labels)
        write_strips(folder / "strips", scores[RESULT].clips, CLIPS, FOLDERS, labels)
    for model, path in METRICS.items():
        write_json(path, numbers[model])
    shown = numbers[RESULT]
    exact = "no true flow" if shown["flicker"] is None else f"flicker {shown['flicker']:.4f}"
    estimate = "no pairs of frames" if shown["estimated_flicker"] is None else f"{shown['estimated_flicker']:.4f}"
    print(f"{exact}, estimated {estimate}: {METRICS[RESULT]}, {METRICS[RESULT].parent}, {VIDEO}")


if __name__ == "__main__":
    run(main)
