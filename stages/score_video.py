"""Scores what a viewer sees of the predictions and the result: flicker, and measures from the literature."""

from face_parsing.clips.layout import read_split
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import RESULT
from face_parsing.core.outputs import atomic_directory, write_json
from face_parsing.metrics.video_folders import flicker_line, score_videos, video_numbers


def main() -> None:
    """Write metrics/video/<model>.json of the four predictions and the result, tables, and strips of clips."""
    # Imported here, since pandas is slow to import and the scoring workers do not need it.
    from face_parsing.metrics.video_tables import write_video_tables
    from face_parsing.plots.plots import write_strips

    labels = read_labels(paths.LABELS)
    scores = score_videos(paths.CLIPS, paths.SCORED, read_split(paths.CLIPS, "test"), labels)
    numbers = {model: video_numbers(model_scores) for model, model_scores in scores.items()}
    with atomic_directory(paths.VIDEO) as folder:
        write_video_tables(folder, scores, labels)
        write_strips(folder / "strips", scores[RESULT].clips, paths.CLIPS, paths.SCORED, labels)
    for model, path in paths.VIDEO_SCORES.items():
        write_json(path, numbers[model])
    metrics_file = paths.VIDEO_SCORES[RESULT]
    print(f"{flicker_line(scores[RESULT], numbers[RESULT])}: {metrics_file}, {metrics_file.parent}, {paths.VIDEO}")


if __name__ == "__main__":
    run(main)
